package dev.darkroom.model;

import dev.darkroom.text.Tokenizer;
import dev.darkroom.text.TokenizerException;
import dev.darkroom.text.TokenizerFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings pipeline folders in Optimum's layout into ONNX Runtime. */
public final class OnnxModelLoader implements ModelLoader {
    private static final Logger LOG = LoggerFactory.getLogger(OnnxModelLoader.class);
    private static final List<String> ENCODER_NAMES = List.of("The text encoder", "The second text encoder");

    /**
     * On the CPU, ONNX Runtime multiplies a single row by another kernel, whose sums differ in the last bit. Calls of two
     * rows and more give a row the same numbers in any company.
     */
    private static final int LEAST_ROWS_ON_CPU = 2;

    private final OnnxDevice device;
    private final int niceness;

    /**
     * Starts ONNX Runtime and finds out what it can compute on. Blocks for 0.1 to 1 s.
     *
     * @throws ModelException if the configuration wants CUDA and it does not work, with the reason
     */
    public OnnxModelLoader(DeviceConfig config) throws ModelException {
        this.device = OnnxDevice.detect(config);
        this.niceness = device.cuda() ? 0 : config.niceness();
    }

    @Override
    public Device device() {
        return device.description();
    }

    @Override
    public DeviceMemory memory() {
        return device.cuda() ? new CudaMemory() : new HostMemory();
    }

    @Override
    public void enterThread() {
        ComputingThread.putBack(niceness);
    }

    @Override
    public LoadedModel load(ModelFolder folder) throws ModelException {
        long start = System.nanoTime();
        if (!Files.isDirectory(folder.path())) {
            throw new ModelException("There is no folder %s".formatted(folder.path()));
        }
        PipelineConfig config = PipelineConfig.read(folder.path());
        try (Closing opened = new Closing()) {
            LoadedModel model = new Opening(folder, config, opened, new RunningCall()).open();
            opened.keep();
            LOG.info(
                    "Model {} is ready on {} after {} ms",
                    folder.name(),
                    device.description().name(),
                    (System.nanoTime() - start) / 1_000_000);
            return model;
        }
    }

    /** Opens one folder. */
    private final class Opening {
        private final ModelFolder folder;
        private final Path path;
        private final PipelineConfig config;
        private final Closing opened;
        private final RunningCall running;

        Opening(ModelFolder folder, PipelineConfig config, Closing opened, RunningCall running) {
            this.folder = folder;
            this.path = folder.path();
            this.config = config;
            this.opened = opened;
            this.running = running;
        }

        LoadedModel open() throws ModelException {
            PromptEncoder encoder = encoder();
            Unet unet = unet();
            if (unet.takesPooled() && config.encoders() < 2) {
                throw new ModelException("The UNet is one of SDXL, but %s is missing"
                        .formatted(path.resolve(PipelineConfig.TEXT_ENCODERS.get(1))));
            }
            VaeDecoder decoder = decoder();
            ModelTraits traits = traits(encoder.clipSkips(), unet.embedsGuidance());
            LatentColours colours = config.darkroom().latentColours();
            if (colours == null) {
                colours = LatentColours.usual(config.latentChannels(), config.scaling());
            }
            new WarmUp(traits, encoder, unet, decoder).run();
            if (!device.cuda()) {
                unet.fillUpTo(LEAST_ROWS_ON_CPU);
            }
            LatentPreview preview =
                    TinyDecoder.beside(path, colours, config.latentChannels(), device, System::nanoTime);
            return new OnnxModel(traits, config.zerosForEmpty(), encoder, unet, decoder, preview, blur(), running);
        }

        /**
         * Decides where sharpness is computed: on a GPU in a graph, for all rows of a call at once; on the CPU in plain
         * Java, which takes a seventh of the graph's time there for one row and less for eight (BlurBenchmark).
         */
        private @Nullable OnnxBlur blur() {
            return device.cuda() ? OnnxBlur.open(device, running) : null;
        }

        private PromptEncoder encoder() throws ModelException {
            List<PromptPart> parts = new ArrayList<>();
            for (int i = 0; i < config.encoders(); i++) {
                Path file = path.resolve(PipelineConfig.TEXT_ENCODERS.get(i)).resolve("model.onnx");
                TextEncoder encoder = new TextEncoder(
                        graph(ENCODER_NAMES.get(i), file, HiddenLayersPatch.of(file)),
                        config.texts().get(i).layers());
                parts.add(new PromptPart(
                        encoder,
                        tokenizer(
                                PipelineConfig.TOKENIZERS.get(i),
                                config.texts().get(i).vocabulary()),
                        config.texts().get(0).tokens()));
            }
            return new PromptEncoder(parts);
        }

        private Tokenizer tokenizer(String name, @Nullable Integer known) throws ModelException {
            try {
                return TokenizerFolder.open(path.resolve(name), known);
            } catch (TokenizerException e) {
                throw new ModelException(String.valueOf(e.getMessage()), e);
            }
        }

        private Unet unet() throws ModelException {
            Path file = path.resolve(PipelineConfig.DENOISER);
            OnnxGraph graph = graph("The UNet", file, TimestepPatch.of(file, UnetInputs.TIMESTEP));
            int extra = inputChannels(graph, file) - config.latentChannels();
            if (extra != 0 && extra != config.latentChannels() + 1) {
                throw new ModelException(
                        "The UNet takes %d channels and the VAE has %d; an inpainting UNet would take %d"
                                .formatted(
                                        config.latentChannels() + extra,
                                        config.latentChannels(),
                                        2 * config.latentChannels() + 1));
            }
            return new Unet(
                    graph,
                    new UnetInputs(
                            graph,
                            config.scheduler().schedule(),
                            config.latentScale(),
                            extra,
                            extra == 0 ? null : masked()));
        }

        /** Opens the changed graph if there is one; if that does not load, the untouched one, which can do less. */
        private OnnxGraph graph(String name, Path file, @Nullable GraphPatch patch) throws ModelException {
            if (patch != null) {
                try {
                    return opened.add(OnnxGraph.load(name, file, patch, device, running));
                } catch (ModelException e) {
                    LOG.warn("{} is used as it is: {}", file, e.getMessage());
                }
            }
            return graph(name, file);
        }

        private int inputChannels(OnnxGraph graph, Path file) throws ModelException {
            int channels = Unet.channels(graph);
            if (channels > 0) {
                return channels;
            }
            Integer stated = config.inputChannels();
            if (stated == null) {
                stated = GraphOutline.read(file).convolvedChannels(UnetInputs.SAMPLE);
            }
            return stated == null ? config.latentChannels() : stated;
        }

        private MaskedLatents masked() throws ModelException {
            Path file = path.resolve(PipelineConfig.ENCODER);
            if (!Files.isRegularFile(file)) {
                throw new ModelException("The UNet is one for inpainting, which needs %s".formatted(file));
            }
            return new MaskedLatents(new VaeEncoder(graph("The VAE encoder", file), config));
        }

        private VaeDecoder decoder() throws ModelException {
            Path file = path.resolve(PipelineConfig.DECODER);
            VaeDecoder.Refuge refuge =
                    device.cuda() ? () -> OnnxGraph.load("The VAE decoder", file, device.cpu(), running) : null;
            GraphPatch bytes = null;
            try {
                bytes = PicturePatch.of(file, VaeDecoder.SAMPLE);
            } catch (ModelException unreadable) {
                LOG.debug("{} is used as it is", file, unreadable);
            }
            return new VaeDecoder(graph("The VAE decoder", file, bytes), config, refuge);
        }

        private OnnxGraph graph(String name, Path file) throws ModelException {
            return opened.add(OnnxGraph.load(name, file, device, running));
        }

        private ModelTraits traits(int clipSkips, boolean embedsGuidance) throws ModelException {
            try {
                return new ModelTraits(
                        folder.name(),
                        WeightsHash.of(path),
                        config.latentChannels(),
                        config.latentScale(),
                        config.sizeMultiple(),
                        config.nativeSize(),
                        config.scheduler().prediction(),
                        config.scheduler().schedule(),
                        config.defaults(),
                        config.family(),
                        clipSkips,
                        embedsGuidance);
            } catch (IOException e) {
                throw new ModelException("The files in %s can't be read".formatted(path), e);
            }
        }
    }
}
