package dev.cm3leon.cli;

import dev.cm3leon.cli.gateway.Gateway;
import dev.cm3leon.cli.terminal.Failure;
import dev.cm3leon.cli.terminal.Terminal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.UnmatchedArgumentException;

/// The command line.
@Command(
        name = "cm3",
        description =
                "CM3Leon for Java: draws, describes and learns. Commands start the platform of this machine where it"
                        + " is not up.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Exit codes: 0 done, 1 failed, 2 wrong usage or refused, 3 no platform to reach, 4 the job failed.",
            "Environment: CM3_HOME (data folder, ~/.cm3leon), CM3_PORT (8080), CM3_URL (a platform elsewhere), CM3_SERVERS (installed servers), CM3_JAVA_HOME."
        },
        versionProvider = Cm3.Version.class,
        mixinStandardHelpOptions = true)
final class Cm3 {
    private Cm3() {}

    public static void main(String[] arguments) {
        System.setProperty("java.awt.headless", "true");
        System.exit(run(Terminal.of(System.out, System.err, System.getenv()), System.getenv(), arguments));
    }

    /// @return the exit code
    static int run(Terminal terminal, Map<String, String> environment, String... arguments) {
        CommandLine line = new CommandLine(new Cm3());
        List<Object> commands = List.of(
                new GenerateCommand(new Shared(terminal, environment)),
                new EditCommand(new Shared(terminal, environment)),
                new CaptionCommand(new Shared(terminal, environment)),
                new AskCommand(new Shared(terminal, environment)),
                new FillCommand(new Shared(terminal, environment)),
                new IngestCommand(new Shared(terminal, environment)),
                new SearchCommand(new Shared(terminal, environment)),
                new ReplayCommand(new Shared(terminal, environment)),
                new EvaluateCommand(new Shared(terminal, environment)),
                new UpCommand(new Shared(terminal, environment)),
                new DownCommand(new Shared(terminal, environment)),
                new StatusCommand(new Shared(terminal, environment)),
                new LogsCommand(new Shared(terminal, environment)));
        commands.forEach(line::addSubcommand);
        line.addSubcommand(new CommandLine(new TrainCommand(new Shared(terminal, environment)))
                .addSubcommand(new TrainPlanCommand(new Shared(terminal, environment)))
                .addSubcommand(new TrainSweepCommand(new Shared(terminal, environment))));
        line.addSubcommand(ModelsCommand.line(terminal, environment));
        line.addSubcommand(group(
                "dlq",
                "Events that nobody could handle.",
                new DlqListCommand(new Shared(terminal, environment)),
                new DlqReplayCommand(new Shared(terminal, environment))));
        line.addSubcommand(group(
                "index",
                "The index of the memory bank.",
                new IndexStatusCommand(new Shared(terminal, environment)),
                new IndexRebuildCommand(new Shared(terminal, environment))));
        line.addSubcommand(group(
                "servers",
                "Real servers to run against.",
                new ServersInstallCommand(new Shared(terminal, environment)),
                new ServersListCommand(new Shared(terminal, environment))));
        line.addSubcommand(group(
                "bench",
                "Measurements.",
                new BenchPlatformCommand(new Shared(terminal, environment)),
                new BenchDecoderCommand(new Shared(terminal, environment)),
                new BenchChaosCommand(new Shared(terminal, environment))));
        line.addSubcommand(
                group("corpus", "Public datasets.", new CorpusPrepareCommand(new Shared(terminal, environment))));
        line.addSubcommand(
                group("test", "Tests beside Maven's.", new TestRealCommand(new Shared(terminal, environment))));
        line.setOut(terminal.out);
        line.setUsageHelpAutoWidth(false);
        line.setCaseInsensitiveEnumValuesAllowed(true);
        boolean json = List.of(arguments).contains("--json");
        line.setParameterExceptionHandler((wrong, given) -> {
            String command = wrong.getCommandLine().getCommandSpec().qualifiedName();
            boolean unknown = wrong.getCommandLine() == line
                    && wrong instanceof UnmatchedArgumentException
                    && !given[0].startsWith("-");
            String message = unknown ? "there is no command " + given[0] : String.valueOf(wrong.getMessage());
            int code = fail(Failure.usage(message), json, terminal);
            terminal.say("See: " + command + " --help");
            return code;
        });
        line.setExecutionExceptionHandler((exception, command, parsed) -> switch (exception) {
            case Failure failure -> fail(failure, json, terminal);
            case IOException failure -> fail(Failure.of(failure), json, terminal);
            case UncheckedIOException failure -> fail(Failure.of(failure), json, terminal);
            default -> throw exception;
        });
        if (arguments.length == 0) {
            line.usage(terminal.out);
            return Failure.USAGE;
        }
        int code = line.execute(arguments);
        return code == 0 && terminal.out.checkError()
                ? fail(new Failure(Failure.OTHER, "standard output could not be written"), false, terminal)
                : code;
    }

    private static CommandLine group(String name, String description, Object... commands) {
        var spec = CommandLine.Model.CommandSpec.create().name(name);
        spec.usageMessage().description(description).synopsisSubcommandLabel("COMMAND");
        spec.mixinStandardHelpOptions(true);
        CommandLine group = new CommandLine(spec);
        for (Object command : commands) group.addSubcommand(command);
        return group;
    }

    private static int fail(Failure failure, boolean json, Terminal terminal) {
        terminal.say("cm3: " + failure.message());
        if (json) {
            var error = Gateway.JSON.createObjectNode();
            var body = error.putObject("error").put("message", failure.message());
            if (failure.field != null) body.put("field", failure.field);
            body.put("exit_code", failure.exitCode);
            terminal.out.println(error.toPrettyString());
        }
        return failure.exitCode;
    }

    /// From the jar's manifest.
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Cm3.class.getPackage().getImplementationVersion();
            return new String[] {"cm3 " + (version == null ? "(not packaged)" : version)};
        }
    }
}
