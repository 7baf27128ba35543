package dev.darkroom.output;

import java.util.List;

/**
 * Where a picture can be had.
 *
 * @param nodes the URLs of the nodes that have it, the one that was heard of last first
 * @param stored whether object storage has it
 */
public record PictureLocation(List<String> nodes, boolean stored) {
    public PictureLocation {
        nodes = List.copyOf(nodes);
    }
}
