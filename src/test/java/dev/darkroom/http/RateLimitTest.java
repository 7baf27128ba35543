package dev.darkroom.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class RateLimitTest {

    private final AtomicLong now = new AtomicLong(5);

    private void pass(long seconds) {
        now.addAndGet(TimeUnit.SECONDS.toNanos(seconds));
    }

    private void use(RateLimit limit) {
        assertThat(limit.secondsToWait()).isZero();
        limit.used();
    }

    @Test
    void aMinutesWorthMayComeAtOnceAndThenAsTheBucketFills() {
        RateLimit limit = new RateLimit(4, now::get);
        for (int i = 0; i < 4; i++) {
            use(limit);
        }
        assertThat(limit.secondsToWait()).isEqualTo(15);
        pass(10);
        assertThat(limit.secondsToWait()).isEqualTo(5);
        pass(5);
        use(limit);
        assertThat(limit.secondsToWait()).isEqualTo(15);
    }

    @Test
    void aBucketHoldsNoMoreThanAMinutesWorth() {
        RateLimit limit = new RateLimit(2, now::get);
        pass(3600);
        use(limit);
        use(limit);
        assertThat(limit.secondsToWait()).isEqualTo(30);
    }

    @Test
    void withoutALimitNobodyWaits() {
        RateLimit limit = new RateLimit(0, now::get);
        for (int i = 0; i < 1000; i++) {
            use(limit);
        }
    }
}
