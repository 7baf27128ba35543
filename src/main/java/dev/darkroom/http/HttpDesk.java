package dev.darkroom.http;

import dev.darkroom.bus.EventHub;
import dev.darkroom.output.OutputStore;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.util.function.LongSupplier;

/**
 * What the routes of one event loop work with.
 *
 * @param config settings
 * @param guard asks for API keys
 * @param origins knows foreign pages
 * @param address knows this server's name
 * @param tasks asks the store
 * @param models asks for models
 * @param hub where events meet their readers
 * @param outputs finished pictures
 * @param files sends them
 * @param inputs sends the pictures that requests brought
 * @param health tells how it goes
 * @param pulse beats on this event loop
 * @param abandoned shared by all event loops
 * @param streams shared by all event loops
 * @param registry of metrics
 * @param clock of the server, with its zone
 * @param seeds draws numbers from 0 to 2^63-1
 */
public record HttpDesk(
        HttpConfig config,
        ApiKeyGuard guard,
        Origins origins,
        PublicAddress address,
        TaskDesk tasks,
        ModelDesk models,
        EventHub hub,
        OutputStore outputs,
        ImageFiles files,
        ImageFiles inputs,
        HealthPages health,
        Pulse pulse,
        AbandonedTasks abandoned,
        StreamLimit streams,
        MeterRegistry registry,
        Clock clock,
        LongSupplier seeds) {}
