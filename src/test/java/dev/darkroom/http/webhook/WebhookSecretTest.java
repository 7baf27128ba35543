package dev.darkroom.http.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class WebhookSecretTest {

    @Test
    void theSpecificationsExampleHasItsSignature() {
        WebhookSecret secret =
                WebhookSecret.parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").orElseThrow();
        byte[] body = "{\"test\": 2432232314}".getBytes(StandardCharsets.UTF_8);
        assertThat(secret.signature("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body))
                .isEqualTo("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assertThat(secret).hasToString("whsec_...");
    }

    @Test
    void whatIsNoSecretIsRefused() {
        assertThat(WebhookSecret.parse("")).contains(WebhookSecret.NONE);
        assertThat(WebhookSecret.parse("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")).isEmpty();
        assertThat(WebhookSecret.parse("whsec_short")).isEmpty();
        assertThat(WebhookSecret.parse("whsec_?fKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
                .isEmpty();
    }
}
