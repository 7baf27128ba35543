package dev.darkroom.prompt;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Makes of what a user typed what is encoded, in Fooocus' order: lines, inline LoRAs, wildcards, arrays, styles,
 * expansion. The same request, image and seed give the same texts, as long as the files are the same. Safe from any
 * thread; never blocks.
 */
public final class PromptPipeline {

    /** Chunks of one side's texts; each costs the model 77 positions in every step. */
    private static final int MOST_CHUNKS = 16;

    private final Styles styles;
    private final Wildcards wildcards;
    private final PromptExpansion expansion;
    private final LoraSelection loras;

    /** @param loras which there are */
    public PromptPipeline(Styles styles, Wildcards wildcards, PromptExpansion expansion, LoraCatalogue loras) {
        this.styles = styles;
        this.wildcards = wildcards;
        this.expansion = expansion;
        this.loras = new LoraSelection(loras);
    }

    /**
     * Expands the prompt of one image.
     *
     * @param image index, from 0
     * @param seed of that image, 0 to 2^63-1
     */
    public ExpandedPrompt expand(PromptRequest request, int image, long seed) {
        List<String> notes = new ArrayList<>();
        PythonRandom random = new PythonRandom(seed);
        PromptLines positive = PromptLines.of(request.prompt());
        PromptLines negative = PromptLines.of(request.negativePrompt());
        if (positive.cut() || negative.cut()) {
            notes.add("Of the prompt the first %d lines of %d characters each are read."
                    .formatted(PromptLines.MOST, PromptLines.LONGEST));
        }
        InlineLoras inline = InlineLoras.of(positive.main());
        List<LoraWeight> chosen = loras.select(request.loras(), inline.loras(), notes);

        // the order decides which of the seed's random numbers each of them sees
        Wildcards.Choice choice = Wildcards.Choice.of(random, image, request.wildcardsInOrder());
        String main = PromptArrays.choose(wildcards.resolve(inline.text(), choice), image);
        String negativeMain = wildcards.resolve(negative.main(), choice);
        List<String> extra = resolve(positive.extra(), choice);
        List<String> negativeExtra = resolve(negative.extra(), choice);

        List<String> texts = new ArrayList<>();
        List<String> negativeTexts = new ArrayList<>();
        List<String> applied = apply(request, main, random, texts, negativeTexts, notes);
        texts.addAll(extra);
        negativeTexts.add(negativeMain);
        negativeTexts.addAll(negativeExtra);

        String expanded = applied.contains(Styles.EXPANSION)
                ? expansion.expand(main, seed & 0xffffffffL, request.textTokens())
                : "";
        List<String> all = bounded(texts, MOST_CHUNKS - 1, main, notes);
        int pooled = all.size();
        if (!expanded.isEmpty()) {
            all.add(expanded);
        }
        return new ExpandedPrompt(
                lines(main, extra),
                lines(negativeMain, negativeExtra),
                all,
                bounded(negativeTexts, MOST_CHUNKS, negativeMain, notes),
                pooled,
                expanded,
                applied,
                chosen,
                notes);
    }

    private List<String> resolve(List<String> lines, Wildcards.Choice choice) {
        return lines.stream().map(line -> wildcards.resolve(line, choice)).toList();
    }

    /** Fills both lists of texts, and returns the names of the styles that were used. */
    private List<String> apply(
            PromptRequest request,
            String main,
            PythonRandom random,
            List<String> positive,
            List<String> negative,
            List<String> notes) {
        List<String> applied = new ArrayList<>();
        boolean placed = false;
        for (String name : request.styles()) {
            if (name.equals(Styles.EXPANSION)) {
                applied.add(name);
                continue;
            }
            Optional<Style> style = name.equals(Styles.RANDOM) ? styles.draw(random) : styles.find(name);
            if (style.isEmpty()) {
                notes.add("The style %s has no text on this server, so it changed nothing.".formatted(name));
                continue;
            }
            if (style.get().tokens() > request.textTokens() - PromptWords.MARKS) {
                notes.add("The style %s was left out, since it is longer than the %d tokens that the model reads."
                        .formatted(style.get().name(), request.textTokens()));
                continue;
            }
            applied.add(style.get().name());
            placed |= style.get().holdsPrompt();
            positive.addAll(style.get().positive(main));
            negative.addAll(style.get().negative());
        }
        if (!placed) {
            positive.add(0, main);
        }
        return applied;
    }

    /** Leaves out empty texts, and what is too much; one text stays in any case. */
    private static List<String> bounded(List<String> texts, int most, String fallback, List<String> notes) {
        List<String> some = new ArrayList<>();
        int chunks = 0;
        for (String text : texts) {
            if (text.isBlank()) {
                continue;
            }
            chunks += PromptWords.chunks(text);
            if (chunks > most && !some.isEmpty()) {
                notes.add(
                        "Styles and lines make more text than is read; the first %d are used.".formatted(some.size()));
                return some;
            }
            some.add(text);
        }
        if (some.isEmpty()) {
            some.add(fallback);
        }
        return some;
    }

    private static String lines(String main, List<String> extra) {
        return extra.isEmpty() ? main : main + "\n" + String.join("\n", extra);
    }
}
