package dev.cm3leon.service;

import org.springframework.context.SmartLifecycle;

/// A service that is told to stop lets the jobs in flight end, as long as Spring lets a step of stopping take.
public final class Draining implements SmartLifecycle {

    private final Runnable drain;
    private volatile boolean running;

    /// @param drain returns when no job is in flight and none begins any more
    public Draining(Runnable drain) {
        this.drain = drain;
    }

    @Override
    public void start() {
        running = true;
    }

    @Override
    public void stop() {
        drain.run();
        running = false;
    }

    /// On a thread of its own, which Spring does not wait for any longer.
    @Override
    public void stop(Runnable stopped) {
        Thread.ofVirtual().name("drain").start(() -> {
            stop();
            stopped.run();
        });
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /// Before the bindings, which acknowledge what ends.
    @Override
    public int getPhase() {
        return Integer.MAX_VALUE;
    }
}
