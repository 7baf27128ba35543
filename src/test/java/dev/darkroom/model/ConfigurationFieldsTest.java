package dev.darkroom.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which values of a folder's configuration are taken, and how the others are told. */
class ConfigurationFieldsTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path models;

    private Path folder;

    @BeforeEach
    void writes() throws IOException {
        folder = TinyPipeline.write(models, "tiny").path();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "num_train_timesteps ; 2000000000 ; a whole number from 100 to 100000, found 2000000000",
                "num_train_timesteps ; 1e300 ; a whole number from 100 to 100000, found 1.0E300",
                "num_train_timesteps ; 1e999 ; a whole number from 100 to 100000, found",
                "num_train_timesteps ; 18446744073709552616 ; a whole number from 100 to 100000",
                "num_train_timesteps ; 2 ; a whole number from 100 to 100000, found 2",
                "num_train_timesteps ; 1000.5 ; a whole number from 100 to 100000, found 1000.5",
                "num_train_timesteps ; \"many\" ; a whole number from 100 to 100000, found \"many\"",
                "num_train_timesteps ; \"1000\" ; a whole number from 100 to 100000, found \"1000\"",
                "steps_offset ; -100 ; a whole number from 0 to 999, found -100",
                "steps_offset ; 2000000000 ; a whole number from 0 to 999, found 2000000000",
                "beta_start ; \"0.00085\" ; a number above 0 and below 1, found \"0.00085\"",
                "beta_start ; 0 ; a number above 0 and below 1, found 0",
                "beta_start ; [0.1] ; a number above 0 and below 1, found [0.1]",
                "beta_end ; 1.0 ; a number above 0 and below 1, found 1.0",
                "beta_end ; -1e999 ; a number above 0 and below 1, found",
                "beta_schedule ; 3 ; scaled_linear or linear, found 3",
                "prediction_type ; {} ; epsilon or v_prediction, found {}",
                "timestep_spacing ; \"even\" ; leading, linspace or trailing, found \"even\"",
                "rescale_betas_zero_snr ; \"true\" ; true or false, found \"true\"",
                "_class_name ; [\"DDIMScheduler\"] ; a text, found [\"DDIMScheduler\"]"
            })
    void whatASchedulerCannotHaveIsRefused(String field, String json, String expected) throws Exception {
        assertRefused("scheduler/scheduler_config.json", field, json, expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "vae_decoder/config.json ; latent_channels ; \"four\" ; a whole number from 1 to 1024, found \"four\"",
                "vae_decoder/config.json ; scaling_factor ; \"big\" ; a number above 0 and up to 1000000, found \"big\"",
                "vae_decoder/config.json ; scaling_factor ; 0 ; a number above 0 and up to 1000000, found 0",
                "vae_decoder/config.json ; shift_factor ; \"x\" ; a number from -1000000 to 1000000, found \"x\"",
                "vae_decoder/config.json ; block_out_channels ; \"abc\" ; a list, found \"abc\"",
                "unet/config.json ; in_channels ; \"4\" ; a whole number from 1 to 1024, found \"4\"",
                "unet/config.json ; sample_size ; \"big\" ; a whole number from 1 to 1024, found \"big\"",
                "unet/config.json ; sample_size ; [] ; a whole number from 1 to 1024, found nothing",
                "unet/config.json ; cross_attention_dim ; \"big\" ; a whole number from 1 to 100000, found \"big\"",
                "unet/config.json ; block_out_channels ; 320 ; a list, found 320",
                "text_encoder/config.json ; num_hidden_layers ; -1 ; a whole number from 1 to 1000, found -1",
                "text_encoder/config.json ; num_hidden_layers ; 1000000 ; a whole number from 1 to 1000",
                "text_encoder/config.json ; vocab_size ; \"all\" ; a whole number from 1 to 10000000",
                "text_encoder/config.json ; darkroom ; 16 ; an object, found 16",
                "model_index.json ; _class_name ; 5 ; a text, found 5"
            })
    void whatANetworkCannotHaveIsRefused(String file, String field, String json, String expected) throws Exception {
        assertRefused(file, field, json, expected);
    }

    @ParameterizedTest
    @CsvSource({"2000000000", "-1", "2", "'\"16\"'"})
    void textsThatNoEncoderReadsAreRefused(String tokens) throws Exception {
        put("text_encoder/config.json", "darkroom", "{\"max_tokens\": %s}".formatted(tokens));
        assertThatThrownBy(() -> PipelineConfig.read(folder))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("text_encoder/config.json: darkroom.max_tokens must be "
                        + "a whole number from 3 to 1024, found " + tokens);
    }

    @Test
    void betasThatFallAreRefused() throws Exception {
        put("scheduler/scheduler_config.json", "beta_start", "0.5");
        assertThatThrownBy(() -> PipelineConfig.read(folder))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining(
                        "scheduler_config.json: beta_start must not be above beta_end, found 0.5 and 0.012");
    }

    @Test
    void aLongValueIsToldByItsBeginning() throws Exception {
        put("scheduler/scheduler_config.json", "beta_start", "\"" + "x".repeat(5000) + "\"");
        assertThatThrownBy(() -> PipelineConfig.read(folder))
                .isInstanceOf(ModelException.class)
                .satisfies(failure ->
                        assertThat(failure.getMessage()).hasSizeLessThan(400).endsWith("xxx..."));
    }

    @Test
    void nullAndAbsentMeanTheUsualAndUnknownFieldsNothing() throws Exception {
        Files.writeString(folder.resolve("scheduler/scheduler_config.json"), """
                {"_class_name": "EulerDiscreteScheduler", "num_train_timesteps": null, "beta_start": null,
                 "beta_schedule": null, "prediction_type": null, "trained_betas": null, "timestep_spacing": null,
                 "rescale_betas_zero_snr": null, "steps_offset": null, "sigma_min": null, "sigma_max": null,
                 "timestep_type": null, "clip_sample": "whatever", "thresholding": 7}
                """);
        for (String field : new String[] {"scaling_factor", "shift_factor", "latents_mean", "latents_std", "mid"}) {
            put("vae_decoder/config.json", field, "null");
        }
        for (String field : new String[] {"num_hidden_layers", "hidden_size", "vocab_size", "darkroom"}) {
            put("text_encoder/config.json", field, "null");
        }
        PipelineConfig config = PipelineConfig.read(folder);
        assertThat(config.scheduler().prediction()).isEqualTo(Prediction.EPSILON);
        assertThat(config.scheduler().schedule())
                .isEqualTo(new TrainingSchedule(1000, 0.00085, 0.012, "scaled_linear", false, "linspace", 0));
        assertThat(config.scaling().divisor()[0]).isEqualTo(0.18215f);
        assertThat(config.texts()).containsExactly(new TextEncoderConfig(null, null, null, null));
    }

    @Test
    void wholeNumbersMayHaveAPointAndSizesBeLists() throws Exception {
        put("scheduler/scheduler_config.json", "num_train_timesteps", "1000.0");
        put("scheduler/scheduler_config.json", "steps_offset", "1.0");
        put("vae_decoder/config.json", "scaling_factor", "1");
        put("unet/config.json", "sample_size", "[32, 64]");
        put("unet/config.json", "cross_attention_dim", "[1024, 1024]");
        PipelineConfig config = PipelineConfig.read(folder);
        assertThat(config.scheduler().schedule().trainSteps()).isEqualTo(1000);
        assertThat(config.scheduler().schedule().stepsOffset()).isEqualTo(1);
        assertThat(config.nativeSize()).isEqualTo(32 * 8);
        assertThat(config.family()).isEqualTo(Family.STABLE_DIFFUSION_2);
    }

    private void assertRefused(String file, String field, String json, String expected) throws Exception {
        put(file, field, json);
        assertThatThrownBy(() -> PipelineConfig.read(folder))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("%s: %s must be %s".formatted(folder.resolve(file), field, expected));
    }

    private void put(String file, String field, String json) throws IOException {
        Path path = folder.resolve(file);
        ObjectNode fields = (ObjectNode) JSON.readTree(path.toFile());
        fields.remove(field);
        String others =
                fields.isEmpty() ? "" : ", " + JSON.writeValueAsString(fields).substring(1);
        Files.writeString(path, "{\"" + field + "\": " + json + (others.isEmpty() ? "}" : others));
    }
}
