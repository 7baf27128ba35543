package dev.darkroom.benchmark;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;

/** A client that watches one image being made. */
final class SideBySideStream {

    private static final byte[] STREAM = HttpLoad.generate("{\"prompt\": \"a cat\", \"stream_output\": true}");

    private SideBySideStream() {}

    /**
     * Returns the milliseconds from the request to the first event.
     *
     * @param toTheEnd whether it stays for the image; else it leaves
     */
    static double firstEvent(int port, boolean toTheEnd) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(60_000);
            long begin = System.nanoTime();
            socket.getOutputStream().write(STREAM);
            InputStream in = socket.getInputStream();
            String read = readTo(in, "", "data: {");
            double milliseconds = (System.nanoTime() - begin) / 1e6;
            if (toTheEnd) {
                // the last chunk of a chunked answer
                readTo(in, read, "\r\n0\r\n\r\n");
            }
            return milliseconds;
        }
    }

    private static String readTo(InputStream in, String before, String mark) throws IOException {
        StringBuilder read = new StringBuilder(before);
        byte[] buffer = new byte[8192];
        while (read.indexOf(mark) < 0) {
            int length = in.read(buffer);
            if (length < 0) {
                throw new IOException("the server ended the answer early: " + read);
            }
            read.append(new String(buffer, 0, length, ISO_8859_1));
        }
        return read.toString();
    }
}
