package dev.cm3leon.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.corpora.Corpus;
import dev.cm3leon.corpora.Dataset;
import dev.cm3leon.corpora.Found;
import dev.cm3leon.trainer.configuration.TrainingConfiguration;
import dev.cm3leon.trainer.run.Run;
import dev.cm3leon.trainer.torch.Mirror;
import dev.cm3leon.trainer.torch.WorkerShare;
import dev.cm3leon.trainer.torch.Workers;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import javax.imageio.ImageIO;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PartsTest {
    @TempDir
    Path folder;

    /// What belongs to others or is there is only counted: nothing of it is kept.
    @Test
    void aSampleIsHandedOverAsItIsReadWhereItsPartIsToBeMade() throws IOException {
        var told = new ArrayList<String>();
        var skipped = new TreeMap<String, Long>();

        boolean through = read(new WorkerShare(1, 2), 3, told, skipped);

        assertThat(through).isTrue();
        assertThat(told).containsExactly("part 1", "caption 3", "caption 4", "caption 5", "written", "part 3 is there");
        assertThat(skipped.values()).containsExactly(1L);
    }

    @Test
    void theLastPartMayHaveLess() throws IOException {
        var told = new ArrayList<String>();

        read(WorkerShare.WHOLE, 0, told, new TreeMap<>());

        assertThat(told)
                .startsWith("part 0 is there", "part 1")
                .endsWith("part 3", "caption 9", "caption 10", "written");
        assertThat(told.stream().filter("written"::equals)).hasSize(3);
    }

    /// Parts of three of eleven samples and one that lacks its picture.
    private boolean read(WorkerShare share, int there, List<String> told, TreeMap<String, Long> skipped)
            throws IOException {
        var list = new StringBuilder("image_name| comment_number| comment\n");
        for (int i = 0; i < 11; i++) {
            var picture = new BufferedImage(64, 64, BufferedImage.TYPE_3BYTE_BGR);
            ImageIO.write(picture, "png", folder.resolve(i + ".png").toFile());
            list.append("%d.png| 0| caption %d%n".formatted(i, i));
            if (i == 4) list.append("none.png| 0| nothing%n".formatted());
        }
        Files.writeString(folder.resolve("results.csv"), list);
        var run = new Run(
                "r",
                TrainingConfiguration.named("demo-tiny"),
                folder,
                event -> {},
                () -> false,
                together(share),
                Mirror.NONE,
                Long.MAX_VALUE);
        try (Corpus corpus = Corpus.open(Dataset.of("flickr30k"), folder, "", Corpus.Cursor.START)) {
            return Parts.read(run, corpus, 3, skipped, part -> {
                told.add("part " + part + (part == there ? " is there" : ""));
                return part == there ? Optional.empty() : Optional.of(telling(told));
            });
        }
    }

    private static Parts.Part telling(List<String> told) {
        return new Parts.Part() {
            @Override
            public void add(Found.Sample sample) {
                told.add(((Found.Content.Caption) sample.content()).text());
            }

            @Override
            public void write() {
                told.add("written");
            }
        };
    }

    /// All of them do the same.
    private static Workers together(WorkerShare share) {
        return new Workers() {
            @Override
            public WorkerShare share() {
                return share;
            }

            @Override
            public void sum(Tensor tensor) {}

            @Override
            public double[] sum(double... values) {
                for (int i = 0; i < values.length; i++) values[i] *= share.count();
                return values;
            }

            @Override
            public void copy(Tensor tensor, int from) {}

            @Override
            public void tell(String mark, String what) {}

            @Override
            public String await(String mark) {
                return "done";
            }

            @Override
            public void close() {}
        };
    }
}
