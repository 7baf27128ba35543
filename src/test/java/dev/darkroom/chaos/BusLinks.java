package dev.darkroom.chaos;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * What the nodes' bus runs through: for each of their ports a port of this program, which the nodes tell each other, and
 * behind it a relay. A node that is cut off hears and says nothing any more, while its connections stay open, as if a
 * cable were pulled: its clients and the database still reach it. Works on Linux, without privileges.
 */
final class BusLinks implements AutoCloseable {

    private static final int CONNECT_MILLIS = 2_000;

    private final Collection<NodeProcess> nodes;
    private final List<ServerSocket> listeners = new CopyOnWriteArrayList<>();
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private NodeProcess cut;
    private boolean closed;

    /** @param nodes who may connect */
    BusLinks(Collection<NodeProcess> nodes) {
        this.nodes = nodes;
    }

    /**
     * Begins to relay.
     *
     * @param from where others connect
     * @param to where the node listens
     */
    void open(int from, NodeProcess target, int to) throws IOException {
        ServerSocket listener = new ServerSocket(from, 50, InetAddress.getLoopbackAddress());
        listeners.add(listener);
        thread("chaos-link-" + from, () -> {
            while (true) {
                Socket caller = listener.accept();
                sockets.add(caller);
                thread("chaos-relay-" + from, () -> relay(caller, target, to));
            }
        });
    }

    /** Cuts a node off from all others. */
    synchronized void cut(NodeProcess node) {
        cut = node;
    }

    /** Lets everything pass again, what waited first. */
    synchronized void heal() {
        cut = null;
        notifyAll();
    }

    private synchronized void awaitPassage(NodeProcess source, NodeProcess target) throws InterruptedException {
        while (cut != null && !closed && (source == cut || target == cut)) {
            wait();
        }
    }

    private void relay(Socket caller, NodeProcess target, int to) throws IOException, InterruptedException {
        try (caller;
                Socket called = new Socket()) {
            sockets.add(called);
            NodeProcess source = owner(caller);
            awaitPassage(source, target);
            called.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), to), CONNECT_MILLIS);
            caller.setTcpNoDelay(true);
            called.setTcpNoDelay(true);
            thread("chaos-answer-" + to, () -> {
                try (caller;
                        called) {
                    pass(called, caller, source, target);
                }
            });
            pass(caller, called, source, target);
        } finally {
            sockets.remove(caller);
        }
    }

    private void pass(Socket from, Socket to, NodeProcess source, NodeProcess target)
            throws IOException, InterruptedException {
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream();
        byte[] buffer = new byte[16 << 10];
        for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
            awaitPassage(source, target);
            out.write(buffer, 0, length);
        }
        // an end is news, too
        awaitPassage(source, target);
        sockets.remove(to);
    }

    /** Returns who connected, or null if that is none of the nodes any more. */
    private NodeProcess owner(Socket caller) throws IOException {
        for (NodeProcess node : nodes) {
            if (node.isAlive() && ConnectionOwner.has(node.pid(), caller.getPort(), caller.getLocalPort())) {
                return node;
            }
        }
        return null;
    }

    private interface Work {
        void run() throws IOException, InterruptedException;
    }

    private static void thread(String name, Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (IOException | InterruptedException ended) {
                        // one of the two sides is gone, or the program is at its end
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        listeners.forEach(BusLinks::end);
        sockets.forEach(BusLinks::end);
    }

    private static void end(AutoCloseable socket) {
        try {
            socket.close();
        } catch (Exception gone) {
            // it need not be closed any more
        }
    }
}
