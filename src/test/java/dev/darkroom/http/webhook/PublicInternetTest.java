package dev.darkroom.http.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.NetUtil;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class PublicInternetTest {

    private static boolean holds(String address) {
        return PublicInternet.holds(NetUtil.createByteArrayFromIpAddressString(address));
    }

    @Test
    void publicAddressesAreOfThePublicInternet() {
        for (String address : new String[] {
            "8.8.8.8",
            "1.1.1.1",
            "172.15.255.255",
            "172.32.0.0",
            "192.167.1.1",
            "100.63.0.1",
            "100.128.0.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450:4001::5",
            "64:ff9b::808:808",
            "2002:808:808::1"
        }) {
            assertThat(holds(address)).as(address).isTrue();
        }
    }

    @Test
    void addressesThatLeadInsideAreNot() {
        for (String address : new String[] {
            "127.0.0.1",
            "127.255.255.254",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "192.0.0.192",
            "198.18.0.1",
            "224.0.0.1",
            "239.1.1.1",
            "255.255.255.255",
            "240.0.0.1",
            "::1",
            "::",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::127.0.0.1",
            "fe80::1",
            "fc00::1",
            "fd12:3456::1",
            "ff02::1",
            "fec0::1",
            "2001:db8::1",
            "2001::1",
            "64:ff9b::7f00:1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "2002:7f00:1::1",
            "2002:c0a8:1::1",
            "100::1"
        }) {
            assertThat(holds(address)).as(address).isFalse();
        }
    }

    @Test
    void aWholePrivateBlockIsPrivate() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        for (int i = 0; i < 1000; i++) {
            byte[] address = new byte[4];
            random.nextBytes(address);
            address[0] = 10;
            assertThat(PublicInternet.holds(address)).isFalse();
        }
    }

    @Test
    void urlsAreJudgedBeforeAnythingIsSent() {
        assertThat(WebhookRules.problem("https://example.org/x?y=1", false)).isNull();
        assertThat(WebhookRules.problem("http://[2606:4700::1111]:8080/", false))
                .isNull();
        assertThat(WebhookRules.problem("http://127.0.0.1:9/", true)).isNull();
        for (String url : new String[] {
            "http://127.0.0.1/",
            "http://localhost:3000/",
            "https://a.LOCALHOST/",
            "http://localhost./",
            "http://[::1]/",
            "http://10.0.0.1/x"
        }) {
            assertThat(WebhookRules.problem(url, false)).as(url).contains("webhook.allow-private-addresses");
        }
        for (String url : new String[] {
            "ftp://example.org/",
            "example.org",
            "http://",
            "http:///x",
            "https://example.org:99999/",
            "http://a:0/",
            "\0"
        }) {
            assertThat(WebhookRules.problem(url, true)).as(url).isNotNull();
        }
        assertThat(WebhookRules.problem("https://example.org/" + "x".repeat(3000), true))
                .contains("2048");
        assertThat(WebhookTarget.parse("https://user@example.org/a b\"ü?q=1#f"))
                .isEqualTo(new WebhookTarget(true, "example.org", 443, "/a%20b%22%C3%BC?q=1"));
    }
}
