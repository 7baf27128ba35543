package dev.darkroom.model;

import dev.darkroom.text.Tokenizer;
import dev.darkroom.text.TokenizerException;
import dev.darkroom.text.TokenizerFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings pipeline folders in Optimum's layout into ONNX Runtime. */
public final class OnnxModelLoader implements ModelLoader {
    private static final Logger LOG = LoggerFactory.getLogger(OnnxModelLoader.class);

    private final OnnxDevice device;

    /**
     * Starts ONNX Runtime and finds out what it can compute on. Blocks for 0.1 to 1 s.
     *
     * @throws ModelException if the configuration wants CUDA and it does not work, with the reason
     */
    public OnnxModelLoader(DeviceConfig config) throws ModelException {
        this.device = OnnxDevice.detect(config);
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
    public LoadedModel load(ModelFolder folder) throws ModelException {
        long start = System.nanoTime();
        Path path = folder.path();
        if (!Files.isDirectory(path)) {
            throw new ModelException("There is no folder %s".formatted(path));
        }
        PipelineConfig config = PipelineConfig.read(path);
        ModelTraits traits = traits(folder, config);
        RunningCall running = new RunningCall();
        try (Closing opened = new Closing()) {
            TextEncoder encoder = new TextEncoder(
                    opened.add(graph("The text encoder", path.resolve(PipelineConfig.TEXT_ENCODER), running)),
                    tokenizer(path),
                    config.textTokens());
            Unet unet = new Unet(opened.add(graph("The UNet", path.resolve(PipelineConfig.DENOISER), running)));
            VaeDecoder decoder = new VaeDecoder(
                    opened.add(graph("The VAE decoder", path.resolve(PipelineConfig.DECODER), running)), config);
            LatentColours colours = config.darkroom().latentColours();
            if (colours == null) {
                colours = LatentColours.usual(config.latentChannels(), config.scalingFactor());
            }
            new WarmUp(traits, encoder, unet, decoder).run();
            LatentPreview preview =
                    TinyDecoder.beside(path, colours, config.latentChannels(), device, System::nanoTime);
            OnnxModel model = new OnnxModel(traits, encoder, unet, decoder, preview, running);
            opened.keep();
            LOG.info(
                    "Model {} is ready on {} after {} ms",
                    folder.name(),
                    device.description().name(),
                    (System.nanoTime() - start) / 1_000_000);
            return model;
        }
    }

    private OnnxGraph graph(String name, Path file, RunningCall running) throws ModelException {
        return OnnxGraph.load(name, file, device, running);
    }

    private static Tokenizer tokenizer(Path path) throws ModelException {
        try {
            return TokenizerFolder.open(path.resolve("tokenizer"));
        } catch (TokenizerException e) {
            throw new ModelException(String.valueOf(e.getMessage()), e);
        }
    }

    private static ModelTraits traits(ModelFolder folder, PipelineConfig config) throws ModelException {
        try {
            return new ModelTraits(
                    folder.name(),
                    WeightsHash.of(folder.path()),
                    config.latentChannels(),
                    config.latentScale(),
                    config.sizeMultiple(),
                    config.nativeSize(),
                    config.prediction(),
                    config.schedule(),
                    config.darkroom().defaults());
        } catch (IOException e) {
            throw new ModelException("The files in %s can't be read".formatted(folder.path()), e);
        }
    }
}
