package dev.darkroom.model;

import static dev.darkroom.model.OnnxGraphWriter.FLOAT;
import static dev.darkroom.model.OnnxGraphWriter.FLOAT16;
import static dev.darkroom.model.OnnxGraphWriter.INT32;
import static dev.darkroom.model.OnnxGraphWriter.INT64;
import static dev.darkroom.model.OnnxGraphWriter.integer;
import static dev.darkroom.model.OnnxGraphWriter.integers;
import static dev.darkroom.model.OnnxGraphWriter.text;

import dev.darkroom.model.TinyPipeline.Batch;
import dev.darkroom.model.TinyPipeline.Fault;
import dev.darkroom.model.TinyPipeline.Options;
import dev.darkroom.model.TinyPipeline.Timestep;
import dev.darkroom.model.TinyPipeline.TokenizerKind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The four networks of a {@link TinyPipeline}: small, random, and real functions of everything that goes in. */
final class TinyNetworks {
    static final int WIDTH = 24;
    private static final int HIDDEN = 16;

    private final Options options;

    TinyNetworks(Options options) {
        this.options = options;
    }

    /** Embeds tokens and positions and mixes in their mean; with several hidden states as Optimum exports them. */
    void textEncoder(Path file, int vocabulary, int positions) throws IOException {
        OnnxGraphWriter graph = graph(1);
        boolean clip = options.tokenizer == TokenizerKind.CLIP;
        String ids = graph.input("input_ids", clip ? INT32 : INT64, "batch", "sequence");
        String length = graph.node(
                "Gather",
                List.of(graph.node("Shape", List.of(ids)), graph.integer(1)),
                OnnxGraphWriter.integer("axis", 0));
        String range = graph.node("Range", List.of(graph.integer(0), length, graph.integer(1)));
        String embedded = add(
                graph,
                graph.node("Gather", List.of(graph.weights(1, vocabulary, WIDTH), ids)),
                graph.node("Gather", List.of(graph.weights(0.3, positions, WIDTH), range)));
        if (!clip) {
            String mask = graph.node(
                    "Cast", List.of(graph.input("attention_mask", INT64, "batch", "sequence")), integer("to", FLOAT));
            graph.input("token_type_ids", INT64, "batch", "sequence");
            embedded = graph.node("Mul", List.of(embedded, graph.node("Unsqueeze", List.of(mask, graph.integers(2)))));
        }
        embedded = delayed(graph, embedded, options.slowText);
        String first = textLayer(graph, embedded);
        String second = textLayer(graph, first);
        String scale = graph.weights(1, WIDTH);
        String bias = graph.weights(0.2, WIDTH);
        String last =
                graph.node("LayerNormalization", List.of(second, scale, bias), OnnxGraphWriter.integer("axis", -1));
        floatOutput(graph, last, "last_hidden_state", "batch", "sequence", WIDTH);
        if (clip) {
            floatOutput(graph, embedded, "hidden_states.0", "batch", "sequence", WIDTH);
            floatOutput(graph, first, "hidden_states.1", "batch", "sequence", WIDTH);
            floatOutput(graph, second, "hidden_states.2", "batch", "sequence", WIDTH);
        }
        graph.write(file);
    }

    private static String textLayer(OnnxGraphWriter graph, String in) {
        String mean = graph.node("ReduceMean", List.of(in), integers("axes", 1), integer("keepdims", 1));
        String mixed = graph.node("MatMul", List.of(add(graph, in, mean), graph.weights(0.3, WIDTH, WIDTH)));
        return add(graph, in, graph.node("Tanh", List.of(mixed)));
    }

    /** Convolutions, scaled by the timestep, with one cross-attention to the text. */
    void unet(Path file) throws IOException {
        OnnxGraphWriter graph = graph(2);
        int channels = options.latentChannels;
        Object rows = options.batch == Batch.FIXED ? (Object) 1 : "batch";
        String sample = floatInput(graph, "sample", rows, channels, "height", "width");
        String time = graph.node("Reshape", List.of(timestep(graph, rows), graph.integers(-1, 1, 1, 1)));
        time = graph.node("Div", List.of(time, graph.scalar(1000)));
        String text = floatInput(graph, "encoder_hidden_states", rows, "sequence", WIDTH);

        String hidden = conv(graph, sample, channels, HIDDEN, 3);
        String gain = graph.node("Tanh", List.of(graph.node("Mul", List.of(time, graph.weights(1, 1, HIDDEN, 1, 1)))));
        hidden = graph.node("Mul", List.of(hidden, add(graph, gain, graph.scalar(1.5))));
        hidden = add(graph, hidden, attention(graph, hidden, text));
        hidden = delayed(graph, hidden, options.slowDenoiser);
        String swish = graph.node("Mul", List.of(hidden, graph.node("Sigmoid", List.of(hidden))));
        String out = graph.node("Tanh", List.of(conv(graph, swish, HIDDEN, channels, 3)));
        out = graph.node("Mul", List.of(out, graph.scalar(0.6)));
        if (options.prediction == Prediction.EPSILON) {
            // of noise alone the input is the best guess of the noise, of a picture alone nothing is
            out = add(graph, out, graph.node("Mul", List.of(sample, time)));
        }
        if (options.fault == Fault.NAN) {
            out = add(graph, out, graph.constant(new float[] {Float.NaN}, 1));
        }
        floatOutput(graph, out, "out_sample", rows, channels, "height", "width");
        graph.write(file);
    }

    private String timestep(OnnxGraphWriter graph, Object rows) {
        Timestep kind = options.timestep;
        int type = kind == Timestep.INT64_ROWS ? INT64 : kind == Timestep.FLOAT_SCALAR ? FLOAT : floatType();
        String input =
                kind == Timestep.FLOAT_SCALAR ? graph.input("timestep", type) : graph.input("timestep", type, rows);
        return graph.node("Cast", List.of(input), integer("to", FLOAT));
    }

    private String attention(OnnxGraphWriter graph, String hidden, String text) {
        // a graph that was traced with one row: wrong for two, and nothing says so
        long rows = options.batch == Batch.MIXING ? 1 : options.batch == Batch.PAIRS ? 2 : 0;
        String queries = graph.node(
                "Reshape", List.of(conv(graph, hidden, HIDDEN, HIDDEN, 1), graph.integers(rows, HIDDEN, -1)));
        queries = graph.node("Transpose", List.of(queries), integers("perm", 0, 2, 1));
        String keys = graph.node("MatMul", List.of(text, graph.weights(0.4, WIDTH, HIDDEN)));
        String values = graph.node("MatMul", List.of(text, graph.weights(0.6, WIDTH, HIDDEN)));
        String scores = graph.node(
                "MatMul", List.of(queries, graph.node("Transpose", List.of(keys), integers("perm", 0, 2, 1))));
        scores = graph.node("Softmax", List.of(scores), integer("axis", -1));
        if (options.batch == Batch.MIXING) {
            scores = graph.node("ReduceMean", List.of(scores), integers("axes", 0), integer("keepdims", 1));
            values = graph.node("ReduceMean", List.of(values), integers("axes", 0), integer("keepdims", 1));
        }
        String mixed = graph.node(
                "Transpose", List.of(graph.node("MatMul", List.of(scores, values))), integers("perm", 0, 2, 1));
        return graph.node("Reshape", List.of(mixed, graph.node("Shape", List.of(hidden))));
    }

    /** Enlarges, mixes the channels into three colours and squashes them into -1 to 1. */
    void vaeDecoder(Path file) throws IOException {
        OnnxGraphWriter graph = graph(3);
        int channels = options.latentChannels;
        int scale = options.latentScale;
        String latent = floatInput(graph, "latent_sample", "batch", channels, "height", "width");
        String hidden = graph.node("Tanh", List.of(conv(graph, latent, channels, HIDDEN, 3)));
        hidden = delayed(graph, hidden, options.slowDecoder);
        String large = graph.node(
                "Resize",
                List.of(hidden, "", graph.constant(new float[] {1, 1, scale, scale}, 4)),
                text("mode", "nearest"),
                text("coordinate_transformation_mode", "asymmetric"),
                text("nearest_mode", "floor"));
        String colours = graph.node("Tanh", List.of(conv(graph, large, HIDDEN, 3, 3)));
        if (options.fault == Fault.NAN_PICTURES) {
            String mean = graph.node("ReduceMean", List.of(latent), integer("keepdims", 1));
            String zero = graph.node("Mul", List.of(graph.node("Log", List.of(mean)), graph.scalar(0)));
            colours = add(graph, colours, zero);
        }
        floatOutput(graph, colours, "sample", "batch", 3, "height_out", "width_out");
        graph.write(file);
    }

    /** Averages squares of pixels and mixes them into means and logarithms of variances. */
    void vaeEncoder(Path file) throws IOException {
        OnnxGraphWriter graph = graph(4);
        long scale = options.latentScale;
        String sample = floatInput(graph, "sample", "batch", 3, "height", "width");
        String small = graph.node(
                "AveragePool",
                List.of(sample),
                integers("kernel_shape", scale, scale),
                integers("strides", scale, scale));
        int outputs = 2 * options.latentChannels;
        floatOutput(
                graph,
                conv(graph, small, 3, outputs, 1),
                "latent_parameters",
                "batch",
                outputs,
                "height_out",
                "width_out");
        graph.write(file);
    }

    /** Adds zero to a value, the long way: products of matrices that nothing can optimise away. */
    private static String delayed(OnnxGraphWriter graph, String value, int products) {
        if (products == 0) {
            return value;
        }
        String mean = graph.node("ReduceMean", List.of(value), integer("keepdims", 0));
        String side = graph.integers(512, 512);
        String matrix = graph.node("Expand", List.of(mean, side));
        for (int i = 0; i < products; i++) {
            String product = graph.node("MatMul", List.of(matrix, matrix));
            matrix = graph.node("Tanh", List.of(graph.node("Mul", List.of(product, graph.scalar(1e-3)))));
        }
        String nothing = graph.node("Mul", List.of(matrix, graph.scalar(0)));
        return add(graph, value, graph.node("ReduceMean", List.of(nothing), integer("keepdims", 0)));
    }

    private OnnxGraphWriter graph(int network) {
        return new OnnxGraphWriter(options.seed * 31 + network, options.halfWeights);
    }

    private int floatType() {
        return options.halfTensors ? FLOAT16 : FLOAT;
    }

    private String floatInput(OnnxGraphWriter graph, String name, Object... dimensions) {
        String input = graph.input(name, floatType(), dimensions);
        return graph.node("Cast", List.of(input), integer("to", FLOAT));
    }

    private void floatOutput(OnnxGraphWriter graph, String value, String name, Object... dimensions) {
        graph.output(graph.node("Cast", List.of(value), integer("to", floatType())), name, floatType(), dimensions);
    }

    private static String add(OnnxGraphWriter graph, String left, String right) {
        return graph.node("Add", List.of(left, right));
    }

    private static String conv(OnnxGraphWriter graph, String in, int from, int to, int kernel) {
        String weights = graph.weights(0.8 / Math.sqrt((double) from * kernel * kernel), to, from, kernel, kernel);
        long pad = kernel / 2;
        return graph.node("Conv", List.of(in, weights, graph.weights(0.1, to)), integers("pads", pad, pad, pad, pad));
    }
}
