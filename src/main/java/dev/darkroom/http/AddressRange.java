package dev.darkroom.http;

import io.netty.util.NetUtil;
import java.util.Arrays;
import java.util.Optional;

/**
 * A block of IP addresses.
 *
 * @param address 4 or 16 bytes; treated as immutable
 * @param bits how many leading bits are the same in the whole block
 */
@SuppressWarnings("ArrayRecordComponent")
public record AddressRange(byte[] address, int bits) {

    /** Holds no address at all. */
    static final AddressRange NONE = new AddressRange(new byte[0], 0);

    /** Reads an address, or a block such as {@code 10.0.0.0/8} or {@code fd00::/8}; never asks a name server. */
    static Optional<AddressRange> parse(String text) {
        int slash = text.indexOf('/');
        byte[] address = NetUtil.createByteArrayFromIpAddressString(slash < 0 ? text : text.substring(0, slash));
        if (address == null) {
            return Optional.empty();
        }
        int most = address.length * 8;
        if (slash < 0) {
            return Optional.of(new AddressRange(address, most));
        }
        String bits = text.substring(slash + 1);
        if (!bits.matches("\\d{1,3}") || Integer.parseInt(bits) > most) {
            return Optional.empty();
        }
        return Optional.of(new AddressRange(address, Integer.parseInt(bits)));
    }

    /** Tells whether {@code literal} is an address of this block. */
    boolean contains(String literal) {
        byte[] other = NetUtil.createByteArrayFromIpAddressString(literal);
        if (other == null || other.length != address.length) {
            return false;
        }
        int whole = bits / 8;
        if (!Arrays.equals(address, 0, whole, other, 0, whole)) {
            return false;
        }
        int mask = 0xff00 >> (bits % 8) & 0xff;
        return mask == 0 || (address[whole] & mask) == (other[whole] & mask);
    }

    static boolean isLoopback(byte[] address) {
        if (address.length == 4) {
            return address[0] == 127;
        }
        byte[] last = new byte[16];
        last[15] = 1;
        return Arrays.equals(address, last);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof AddressRange range && bits == range.bits && Arrays.equals(address, range.address);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(address) * 31 + bits;
    }

    @Override
    public String toString() {
        return address.length == 0 ? "none" : NetUtil.bytesToIpAddress(address) + "/" + bits;
    }
}
