package dev.cm3leon.trainer.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cm3leon.model.vq.VqganConfig;
import dev.cm3leon.trainer.torch.AdamW;
import dev.cm3leon.trainer.torch.Schedule;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class TrainingConfigurationTest {
    private static final Pattern FIELD = Pattern.compile("`([a-z_]+)`"),
            LIMITS = Pattern.compile("(above )?([0-9,]*[0-9]),? to ([0-9,]+)"); // as docs/training.md has them

    @Test
    void theOnesThatComeWithTheTrainerAreFine() throws IOException {
        assertThat(TrainingConfiguration.named("demo").name()).isEqualTo("demo");
        assertThat(TrainingConfiguration.named("scenes").base()).isEqualTo("demo");
        assertThat(TrainingConfiguration.named("demo-tiny").transformer().width())
                .isEqualTo(32);
        assertThatThrownBy(() -> TrainingConfiguration.named("other")).hasMessageContaining("other");
    }

    @Test
    void readsWhatItWrites() throws IOException {
        var tiny = TrainingConfiguration.named("demo-tiny");

        assertThat(ConfigurationFile.parse(tiny.json().getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(tiny);
    }

    @Test
    void aCheckpointOfAnEarlierCodeIsGoneOnFromWhereNothingNewIsAsked() throws IOException {
        var json = new JsonMapper();
        String now = TrainingConfiguration.named("demo-tiny").json();
        var then = (ObjectNode) json.readTree(now);
        then.remove("objective");
        ((ObjectNode) then.get("transformer")).remove(List.of("decay", "betas", "clip"));

        assertThat(ConfigurationFile.differences(then.deepCopy(), json.readTree(now)))
                .isEmpty();
        String other = now.replace("\"sentinel_weight\" : 1", "\"sentinel_weight\" : 0");
        assertThat(ConfigurationFile.differences(then, json.readTree(other)))
                .containsExactly("objective.sentinel_weight: 1 and 0");
    }

    @Test
    void aLaterTrainingHasTheDecayAndTheBetasOfTheFirstWhereNothingIsSaid() throws IOException {
        var tiny = TrainingConfiguration.named("demo-tiny");
        String json = tiny.json()
                .replace("\"cosine\"", "\"linear\"")
                .replace("[ 0.9, 0.95 ]", "[ 0.9, 0.98 ]")
                .replace("\"clip\" : 1.0", "\"clip\" : 0.5")
                .replace(
                        "\"finetune\" : [ ]",
                        "\"finetune\": [{\"steps\": 9}, {\"steps\": 9, \"decay\": \"cosine\", \"betas\": [0.8, 0.9]}]");

        var said = ConfigurationFile.parse(json.getBytes(StandardCharsets.UTF_8));

        assertThat(tiny.transformer().schedule().decay()).isEqualTo(Schedule.Decay.COSINE);
        assertThat(tiny.transformer().adam()).isEqualTo(new AdamW.Settings(0.9, 0.95, 0.05, 1));
        assertThat(said.transformer().schedule().decay()).isEqualTo(Schedule.Decay.LINEAR);
        assertThat(said.transformer().adam()).isEqualTo(new AdamW.Settings(0.9, 0.98, 0.05, 0.5));
        var first = said.finetune().getFirst();
        assertThat(first.schedule()).isEqualTo(new Schedule(5e-5, 0, 0, 9, 0.1, Schedule.Decay.LINEAR));
        assertThat(first.betas()).containsExactly(0.9, 0.98);
        var second = said.finetune().getLast();
        assertThat(second.schedule().decay()).isEqualTo(Schedule.Decay.COSINE);
        assertThat(said.transformer().adam(second.betas())).isEqualTo(new AdamW.Settings(0.8, 0.9, 0.05, 0.5));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"width\": 32 | \"width\": 33 | transformer.width | 33",
                "\"width\": 32 | \"width\": 24 | transformer.width | 8 x transformer.heads",
                "\"width\": 32 | \"width\": 99999 | transformer.width | 16384",
                "\"width\": 32 | \"widht\": 32 | transformer.widht | width",
                "\"width\": 32 | \"width\": \"wide\" | transformer.width | wide",
                "\"width\": 32 | \"width\": 32.5 | transformer.width | 32.5",
                "\"width\": 32, | '' | width | transformer",
                "\"context\": 512 | \"context\": 256 | transformer.context | 414",
                "\"captions\": 64 | \"captions\": 5592406 | clip.captions | 5000000",
                "\"batch_tokens\": 1024 | \"batch_tokens\": 100 | transformer.batch_tokens | 512",
                "\"learning_rate\": 0.001 | \"learning_rate\": 0 | clip.learning_rate | 0",
                "\"codes\": 64 | \"codes\": 1 | codes | 65536",
                "\"warm_up\": 10 | \"warm_up\": 60 | vq.warm_up | 60",
                "\"part\": 0 | \"part\": 24 | vq.part | 16",
                "\"architecture\": \"small\" | \"architecture\": \"large\" | vq.architecture | vqgan",
                "\"architecture\": \"small\" | \"architecture\": \"vqgan\" | vq.encoder_width | vqgan",
                "\"encoder_width\": [ 8, 16 ] | \"encoder_width\": [ ] | encoder_width | two",
                "\"part\": 0 | \"part\": 80 | vq.part | 64",
                "\"squared_error\": 3.0 | \"squared_error\": 1001 | vq.squared_error | 1000",
                "\"adversarial\": 0.0 | \"adversarial\": -1 | vq.adversarial | 100",
                "\"perceptual\": 0.0 | \"perceptual\": 101 | vq.perceptual | 100",
                "\"adversarial\": 0.0, | \"adversarial\": 0.1, | vq.adversarial_from | 60",
                "\"decoder_steps\": 10, | \"decoder_steps\": 10, \"perceptual\": 1, \"adversarial_from\": 20, | vq.decoder_steps | 10",
                "\"vocabulary\": 512 | \"vocabulary\": 259 | bpe.vocabulary | 261",
                "\"splits\": \"gpt2\" | \"splits\": \"llama\" | bpe.splits | chameleon",
                "\"least_neighbours\": 1 | \"least_neighbours\": 3 | shards.least_neighbours | 2",
                "\"documents\": 0.5 | \"documents\": 1.5 | mixture.documents | 1.5",
                "\"sentinel_weight\": 1 | \"sentinel_weight\": 2 | objective.sentinel_weight | 1",
                "\"finetune\": [ ] | \"finetune\": [{\"steps\": 1, \"answer_weight\": 0}] | finetune.answer_weight | 100",
                "\"finetune\": [ ] | \"finetune\": [{\"steps\": 1, \"rate\": 0}] | rate | finetune",
                "\"finetune\": [ ] | \"finetune\": [{\"steps\": 1, \"kept\": {\"finetune\": 0.5}}] | finetune.kept | pretrain",
                "\"finetune\": [ ] | \"finetune\": [{\"steps\": 1, \"kept\": {\"pretrain\": 2}}] | finetune.kept.pretrain | 1",
                "\"finetune\": [ ] | \"finetune\": [{\"steps\": 1, \"corpora\": {\"imagenet\": {\"corpus\": \"x\"}}}] | finetune.corpora.imagenet | vqa2",
                "\"finetune\": [ ] | \"finetune\": [{\"steps\": 1, \"corpora\": {\"coco\": {\"corpus\": \"x\", \"dataset\": \"y\"}}}] | finetune.corpora.dataset | webdataset",
                "\"finetune\": [ ] | \"finetune\": [{\"steps\": 1, \"examples\": {\"writing\": 9}, \"corpora\": {\"coco\": {\"corpus\": \"x\"}}}] | finetune.corpora | both",
                "\"finetune\": [ ] | \"finetune\": {\"steps\": 1} | finetune | ''",
                "\"decay\": \"cosine\" | \"decay\": \"stepwise\" | transformer.decay | linear",
                "\"betas\": [ 0.9, 0.95 ] | \"betas\": [ 0.9, 1 ] | transformer.betas | below 1",
                "\"finetune\": [ ] | \"finetune\": [{\"steps\": 1, \"betas\": [0.9]}] | finetune.betas | two numbers",
                "\"clip\": 1.0 | \"clip\": 0 | transformer.clip | > 0",
                "\"threads\": 1 | \"threads\": 0 | threads | 256",
                "\"name\": \"demo-tiny\" | \"name\": \"../up\" | name | ../up",
                "\"top_p\": 0.9 | \"top_p\": 0 | defaults.top_p | 0",
                "\"cd_alpha\": 0.5 | \"cd_alpha\": 0 | defaults.cd_alpha | 0",
                "\"cd_k\": 100 | \"cd_k\": 4097 | defaults.cd_k | 4096",
                "\"documents\": 1, | \"documents\": 5, | defaults.documents | 4",
                "\"candidates\": 1, | \"candidates\": 17, | defaults.candidates | 16",
                "{ | [ | JSON | ''",
            })
    void refusesWhatCannotBeNamingFieldAndLimit(String good, String bad, String field, String limit)
            throws IOException {
        String json = TrainingConfiguration.named("demo-tiny").json().replace(" : ", ": ");
        assertThat(json).contains(good);
        String broken =
                json.replaceFirst(java.util.regex.Pattern.quote(good), java.util.regex.Matcher.quoteReplacement(bad));

        assertThatThrownBy(() -> ConfigurationFile.parse(broken.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(IllegalArgumentException.class)
                .message()
                .satisfiesAnyOf(
                        message -> assertThat(message).contains(field).contains(limit),
                        message -> assertThat(message).contains("JSON"));
    }

    /// Of sections whose fields do not limit each other.
    @ParameterizedTest
    @ValueSource(strings = {"clip", "shards", "objective", "family", "execution", "defaults"})
    void theDocumentedLimitsAreThoseThatHold(String section) throws IOException {
        String page = Files.readString(Path.of("../../docs/training.md"));
        String table = page.substring(page.indexOf("**`" + section + "`**")).split("\n\n")[1];
        var json = (ObjectNode) new JsonMapper()
                .readTree(TrainingConfiguration.named("demo-tiny").json());
        ((ObjectNode) json.get("clip")).put("captions", 5_000_000);
        ((ObjectNode) json.get("shards")).put("whole", true);
        int limits = 0;
        for (String row : table.lines().skip(2).toList()) {
            String[] cells = row.split("\\|"), said = cells[3].split(";");
            List<String> fields = FIELD.matcher(cells[1])
                    .results()
                    .map(field -> field.group(1))
                    .toList();
            for (int i = 0; i < fields.size(); i++) {
                Matcher limit = LIMITS.matcher(said[Math.min(i, said.length - 1)].strip());
                if (!limit.matches()) continue;
                limits++;
                long least = Long.parseLong(limit.group(2).replace(",", "")),
                        most = Long.parseLong(limit.group(3).replace(",", ""));
                boolean above = limit.group(1) != null;
                for (long value : new long[] {least, most, least - 1, most + 1}) {
                    ObjectNode other = json.deepCopy();
                    ((ObjectNode) other.get(section)).put(fields.get(i), value);
                    boolean fine = value <= most && (above ? value > least : value >= least);
                    var parsed = assertThatCode(() ->
                                    ConfigurationFile.parse(other.toString().getBytes(StandardCharsets.UTF_8)))
                            .as("%s.%s = %d", section, fields.get(i), value);
                    if (fine) parsed.doesNotThrowAnyException();
                    else parsed.hasMessageContaining(fields.get(i));
                }
            }
        }
        assertThat(limits).isPositive();
    }

    @Test
    void theTokenizerOfThePaperIsAVqganOfItsSizes() throws IOException {
        String json = TrainingConfiguration.named("demo-tiny")
                .json()
                .replace("\"architecture\" : \"small\"", "\"architecture\" : \"vqgan\"")
                .replaceAll("\"(en|de)coder_width\" : \\[ [0-9, ]+]", "\"$1coder_width\" : []");

        assertThat(ConfigurationFile.parse(json.getBytes(StandardCharsets.UTF_8))
                        .vq()
                        .sizes())
                .isEqualTo(new VqganConfig(64, 64, 4, 128, List.of(1, 1, 2, 4), 2, List.of(32), 256));
        assertThatThrownBy(() -> ConfigurationFile.parse(
                        json.replace("\"base\" : \"\"", "\"base\" : \"demo\"").getBytes(StandardCharsets.UTF_8)))
                .hasMessage("need vq.architecture small where a base is continued, got vqgan");
        assertThatThrownBy(() -> ConfigurationFile.parse(json.replace("\"part\" : 0", "\"part\" : 16")
                        .replace("[ 1, 1, 2, 4 ]", "[1, 1, 1, 1, 1, 2]")
                        .getBytes(StandardCharsets.UTF_8)))
                .hasMessage("need vq.part a multiple of the 32 pixels of a code, got 16");
    }

    /// Two documents are shown where any training shows them.
    @Test
    void theContextHoldsWhatEveryMixtureShows() throws IOException {
        var json = (ObjectNode) new JsonMapper()
                .readTree(TrainingConfiguration.named("demo-tiny").json());
        ((ObjectNode) json.get("transformer")).put("context", 300);
        ObjectNode both = ((ObjectNode) json.get("mixture")).deepCopy();
        ((ObjectNode) json.get("mixture")).put("two", 0);
        ObjectNode later = json.deepCopy();
        later.putArray("finetune").addObject().put("steps", 1).set("mixture", both);

        assertThat(ConfigurationFile.parse(json.toString().getBytes(StandardCharsets.UTF_8))
                        .documents())
                .isEqualTo(1);
        assertThatThrownBy(() -> ConfigurationFile.parse(later.toString().getBytes(StandardCharsets.UTF_8)))
                .hasMessageContainingAll("transformer.context >= 414", "2 documents");
    }

    @Test
    void aShardThatIsTooLargeForAFileIsRefused() throws IOException {
        String json = TrainingConfiguration.named("demo-tiny")
                .json()
                .replace("\"corpus\" : \"\"", "\"corpus\" : \"pictures\"")
                .replace("\"documents\" : 1000", "\"documents\" : 1000000");

        assertThatThrownBy(() -> ConfigurationFile.parse(json.getBytes(StandardCharsets.UTF_8)))
                .hasMessageContainingAll("shards.documents", "shards.layouts", "2 GiB", "got 1000000 x 1 x 415");
        assertThatThrownBy(() -> ConfigurationFile.parse(
                        json.replace("\"whole\" : false", "\"whole\" : true").getBytes(StandardCharsets.UTF_8)))
                .hasMessageContaining("got 1000000 x 1 x 513");
    }
}
