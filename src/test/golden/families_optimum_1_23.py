#!/usr/bin/env python3
"""Adds the tiny pipelines of families.py to src/test/resources/families.tar.xz as exporters of 2024 wrote them, with what
diffusers 0.30.3 makes of them. Weights and references are those of families.py, on the libraries of that time.

    python3.11 -m venv venv
    venv/bin/pip install -r src/test/golden/families_optimum_1_23.txt
    git -C DIFFUSERS show v0.30.3:scripts/convert_stable_diffusion_checkpoint_to_onnx.py > convert.py
    venv/bin/python src/test/golden/families_optimum_1_23.py convert.py

DIFFUSERS is a clone of diffusers, whose packages leave its scripts out. Generations:
  old     Optimum 1.23.3: the timestep is int64 [steps]
  script  diffusers' convert_stable_diffusion_checkpoint_to_onnx.py: int32 ids, float timesteps [batch], all of sample's
          axes open, the UNet's weights in weights.pb, no config.json beside the networks
"""

import subprocess
import sys
import tempfile

import families


def with_script(pipeline, folder, scheduler, script):
    with tempfile.TemporaryDirectory() as saved:
        pipeline.scheduler = scheduler
        pipeline.save_pretrained(saved)
        subprocess.run([sys.executable, script, "--model_path", saved, "--output_path", folder], check=True)
    families.smaller_tokenizers(folder)


def older(out, script):
    made = (
        ("sd15", families.version_one),
        ("sd21", families.version_two),
        ("sdxl", families.large),
        ("lcm", families.consistency),
        ("inpaint", families.painter),
    )
    for family, make in made:
        pipeline, usual, expected = make()
        folder = "%s/%s-old" % (out, family)
        families.with_optimum(pipeline, folder, usual)
        families.save_json(folder + "/expected.json", expected)
        if family == "sd15":
            families.turbo(pipeline, folder, out + "/sd-turbo-old", families.TURBO_SCHEDULER, expected["texts"])
            with_script(pipeline, out + "/sd15-script", usual, script)
            families.save_json(out + "/sd15-script/expected.json", expected)


if __name__ == "__main__":
    script = sys.argv.pop(1)
    families.main(lambda out: older(out, script))
