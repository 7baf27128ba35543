package dev.darkroom.benchmark;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/** Clients of event streams on plain sockets, all served by one thread. They take answers in chunks apart. */
final class EventStreams implements AutoCloseable {

    /** Told of what arrives, on the clients' thread. */
    interface Reader {
        /** The answer has begun. */
        void opened(String head);

        /** A chunk is there as a whole; it begins at {@code from} and ends before {@code to}. */
        void chunk(byte[] bytes, int from, int to);
    }

    private final Selector selector;
    private final int port;
    private final byte[] request;
    private final int bufferBytes;
    private final Reader reader;

    /** One connection. */
    private static final class Client {
        private final ByteBuffer in;
        private boolean opened;

        Client(int bytes) {
            in = ByteBuffer.allocate(bytes);
        }
    }

    /**
     * @param request as it goes over the wire
     * @param bufferBytes more than the longest chunk
     */
    EventStreams(int port, byte[] request, int bufferBytes, Reader reader) throws IOException {
        selector = Selector.open();
        this.port = port;
        this.request = request;
        this.bufferBytes = bufferBytes;
        this.reader = reader;
    }

    /** Opens one more stream. */
    void open() throws IOException {
        SocketChannel channel = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        channel.write(ByteBuffer.wrap(request));
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_READ, new Client(bufferBytes));
    }

    /** Takes what arrives, waiting for it at most {@code milliseconds}. */
    void serve(long milliseconds) throws IOException {
        selector.select(this::read, milliseconds);
    }

    private void read(SelectionKey key) {
        try {
            Client client = (Client) key.attachment();
            if (((SocketChannel) key.channel()).read(client.in) < 0) {
                throw new EOFException("the server closed a stream");
            }
            client.in.flip();
            if (!client.opened) {
                client.opened = head(client.in);
            }
            while (client.opened && chunk(client.in)) {
                // the next one
            }
            client.in.compact();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean head(ByteBuffer in) {
        byte[] bytes = in.array();
        for (int i = in.position() + 3; i < in.limit(); i++) {
            if (bytes[i] == '\n' && bytes[i - 1] == '\r' && bytes[i - 2] == '\n') {
                String head = new String(bytes, in.position(), i + 1 - in.position(), US_ASCII);
                if (!head.startsWith("HTTP/1.1 200")) {
                    throw new IllegalStateException(new String(bytes, in.position(), in.remaining(), US_ASCII));
                }
                in.position(i + 1);
                reader.opened(head);
                return true;
            }
        }
        return false;
    }

    private boolean chunk(ByteBuffer in) {
        byte[] bytes = in.array();
        for (int i = in.position(); i + 1 < in.limit(); i++) {
            if (bytes[i] == '\r') {
                int length = Integer.parseInt(new String(bytes, in.position(), i - in.position(), US_ASCII), 16);
                int end = i + 2 + length;
                if (end + 2 > in.limit()) {
                    return false;
                }
                reader.chunk(bytes, i + 2, end);
                in.position(end + 2);
                return true;
            }
        }
        return false;
    }

    @Override
    public void close() throws IOException {
        for (SelectionKey key : selector.keys()) {
            key.channel().close();
        }
        selector.close();
    }
}
