package dev.darkroom.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class PeerSignatureTest {

    private static final Clock NOW = Clock.fixed(Instant.parse("2026-11-21T10:00:00Z"), ZoneOffset.UTC);
    private static final String DIGEST = PeerSignature.digest(new byte[] {1, 2});

    private final PeerSignature ours = new PeerSignature("sixteen characters", NOW);
    private final String signed = ours.sign("GET", "/pictures/a.png", ours.now(), DIGEST);

    @Test
    void aRequestOfANodeWithTheSameSecretIsAccepted() {
        PeerSignature other = new PeerSignature("sixteen characters", Clock.offset(NOW, Duration.ofMinutes(4)));
        assertThat(other.accepts("GET", "/pictures/a.png", ours.now(), DIGEST, signed))
                .isTrue();
    }

    @Test
    void whateverIsAnotherThanWhatWasSignedIsRefused() {
        String now = ours.now();
        assertThat(ours.accepts("PUT", "/pictures/a.png", now, DIGEST, signed)).isFalse();
        assertThat(ours.accepts("GET", "/pictures/b.png", now, DIGEST, signed)).isFalse();
        assertThat(ours.accepts("GET", "/pictures/a.png", "1" + now, DIGEST, signed))
                .isFalse();
        assertThat(ours.accepts("GET", "/pictures/a.png", now, PeerSignature.digest(new byte[0]), signed))
                .isFalse();
        assertThat(ours.accepts("GET", "/pictures/a.png", now, DIGEST, signed + "0"))
                .isFalse();
        assertThat(ours.accepts("GET", "/pictures/a.png", null, DIGEST, signed)).isFalse();
        assertThat(ours.accepts("GET", "/pictures/a.png", "now", DIGEST, signed))
                .isFalse();
        assertThat(ours.accepts("GET", "/pictures/a.png", now, DIGEST, null)).isFalse();
        PeerSignature stranger = new PeerSignature("another secret of theirs", NOW);
        assertThat(stranger.accepts("GET", "/pictures/a.png", now, DIGEST, signed))
                .isFalse();
    }

    @Test
    void anOldRequestIsNotTakenAgain() {
        PeerSignature later = new PeerSignature("sixteen characters", Clock.offset(NOW, Duration.ofMinutes(6)));
        assertThat(later.accepts("GET", "/pictures/a.png", ours.now(), DIGEST, signed))
                .isFalse();
    }
}
