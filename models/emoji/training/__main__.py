"""One command for each step; every one can be interrupted and run again."""
import argparse

from . import classifier, evaluate, export, latents, paths, running, sheet, sprites, train_autoencoder, train_denoiser, train_planner


def data(args: argparse.Namespace) -> None:
    sprites.install()
    packed = sprites.pack(tuple(args.styles))
    running.save(paths.SPRITES, **packed)
    size = paths.SPRITES.stat().st_size / 2 ** 20
    print(f"{len(packed['concepts'])} concepts, {len(packed['concept'])} sprites, {size:.1f} MiB", flush=True)


def machine(args: argparse.Namespace) -> running.Machine:
    return running.Machine.chosen(args.device, args.bf16, args.compile)


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m training", formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    commands = top.add_subparsers(required=True, metavar="command")

    def command(name: str, text: str, run) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
        added.set_defaults(run=run)
        return added

    def trainer(name: str, text: str, run) -> argparse.ArgumentParser:
        added = command(name, text, run)
        added.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
        for option, what in (("--bf16", "16-bit autocast"), ("--compile", "torch.compile")):
            added.add_argument(option, action=argparse.BooleanOptionalAction, help=f"{what}; by default on a GPU")
        return added

    c = command("data", "install the artwork and pack the sprites", data)
    c.add_argument("--styles", nargs="+", choices=sprites.STYLES, default=["3d"],
                   help="captions that name none get 3d, or the next that there is")
    c = trainer("autoencoder", "fit the encoder, train the decoder",
                lambda a: train_autoencoder.train(machine(a), a.steps, a.batch, a.rate, a.every))
    c.add_argument("--steps", type=int, default=6000)
    c.add_argument("--batch", type=int, default=8)
    c.add_argument("--rate", type=float, default=1.5e-3)
    c.add_argument("--every", type=int, default=250, help="steps from one checkpoint to the next")
    c = trainer("latents", "compose and encode scenes, in shards of 2,048", lambda a: latents.write_shards(machine(a), a.shards, a.seed))
    c.add_argument("--shards", type=int, default=24)
    c.add_argument("--seed", type=int, default=1, help="several processes with a seed each share the work")
    c = trainer("planner", "train the planner on captions", lambda a: train_planner.train(machine(a), a.captions, a.steps))
    c.add_argument("--captions", type=int, default=60000)
    c.add_argument("--steps", type=int, default=4200)
    trainer("words", "teach a trained planner the words that concepts.txt has now", lambda a: train_planner.update_words(machine(a)))
    c = trainer("denoiser", "train the denoiser", lambda a: train_denoiser.train(machine(a), a.steps, a.batch, a.rate, a.every))
    c.add_argument("--steps", type=int, default=20000)
    c.add_argument("--batch", type=int, default=16, help="of each process")
    c.add_argument("--rate", type=float, default=8e-4)
    c.add_argument("--every", type=int, default=250, help="steps from one checkpoint to the next")
    command("export", "write the ONNX graphs and check them", lambda a: export.export())
    c = trainer("classifier", "train the judge of the evaluation", lambda a: classifier.train(machine(a), a.steps))
    c.add_argument("--steps", type=int, default=1500)
    c = command("evaluate", "score the exported model on what it was not trained on", lambda a: evaluate.evaluate(a.pictures))
    c.add_argument("--pictures", type=int, default=256)
    command("sheet", "draw the contact sheet", lambda a: sheet.draw())
    return top


if __name__ == "__main__":
    arguments = parser().parse_args()
    arguments.run(arguments)
