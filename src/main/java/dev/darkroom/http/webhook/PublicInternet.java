package dev.darkroom.http.webhook;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.util.List;
import java.util.Objects;

/**
 * Knows which addresses belong to the public internet: all but those that IANA's special-purpose registries (RFC 6890)
 * and the multicast ranges set aside. An IPv6 address that carries an IPv4 address is judged by that.
 */
final class PublicInternet {

    private static final List<Block> NOT_PUBLIC = List.of(
            block("0.0.0.0", 8),
            block("10.0.0.0", 8),
            block("100.64.0.0", 10),
            block("127.0.0.0", 8),
            block("169.254.0.0", 16),
            block("172.16.0.0", 12),
            block("192.0.0.0", 24),
            block("192.0.2.0", 24),
            block("192.88.99.0", 24),
            block("192.168.0.0", 16),
            block("198.18.0.0", 15),
            block("198.51.100.0", 24),
            block("203.0.113.0", 24),
            block("224.0.0.0", 3),
            // of IPv6 only what is given out at all
            block("::", 3),
            block("2001::", 23),
            block("2001:db8::", 32),
            block("3fff::", 20),
            block("4000::", 2),
            block("8000::", 1));

    private static final Block NAT64 = block("64:ff9b::", 96);
    private static final Block SIX_TO_FOUR = block("2002::", 16);

    private record Block(byte[] address, int bits) {
        boolean contains(byte[] other) {
            if (other.length != address.length) {
                return false;
            }
            for (int bit = 0; bit < bits; bit++) {
                int mask = 0x80 >> bit % 8;
                if ((address[bit / 8] & mask) != (other[bit / 8] & mask)) {
                    return false;
                }
            }
            return true;
        }
    }

    private PublicInternet() {}

    private static Block block(String address, int bits) {
        return new Block(Objects.requireNonNull(NetUtil.createByteArrayFromIpAddressString(address)), bits);
    }

    /** Tells whether {@code address} is reachable for everybody. Java turns IPv4-mapped addresses into IPv4 ones. */
    static boolean holds(InetAddress address) {
        return holds(address.getAddress());
    }

    /** @param address 4 or 16 bytes */
    static boolean holds(byte[] address) {
        if (NAT64.contains(address)) {
            return holds(part(address, 12));
        }
        if (SIX_TO_FOUR.contains(address)) {
            return holds(part(address, 2));
        }
        return NOT_PUBLIC.stream().noneMatch(block -> block.contains(address));
    }

    private static byte[] part(byte[] address, int from) {
        byte[] part = new byte[4];
        System.arraycopy(address, from, part, 0, 4);
        return part;
    }
}
