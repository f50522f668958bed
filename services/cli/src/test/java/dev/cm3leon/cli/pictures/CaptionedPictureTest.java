package dev.cm3leon.cli.pictures;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.corpora.Found;
import dev.cm3leon.corpora.Picture;
import dev.cm3leon.corpora.ShardWriter;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CaptionedPictureTest {
    @TempDir
    Path folder;

    @Test
    void jsonlAndShardsAreRead() throws IOException {
        Path image = Files.write(folder.resolve("a.png"), png());
        Path lines = folder.resolve("a.jsonl");
        Files.writeString(
                lines, "{\"text\":\"an apple\",\"image\":\"a.png\",\"id\":\"apple\"}\n\nnonsense\n{\"text\":\"x\"}\n");
        Path shard = folder.resolve("s.tar");
        try (var tar = new TarArchiveOutputStream(Files.newOutputStream(shard))) {
            put(tar, "dir/000.png", Files.readAllBytes(image));
            put(tar, "dir/000.txt", "a boat".getBytes());
            put(tar, "dir/001.jpg", png());
            put(tar, "dir/001.json", "{\"caption\":\"a cat\",\"licence\":\"CC0-1.0\",\"id\":\"1.jpg#0\"}".getBytes());
            put(tar, "dir/002.txt", "no image".getBytes());
            put(tar, "dir/003.png", png());
            put(tar, "dir/003.json", "{\"text\":\"a dog\",\"id\":\"dog\",\"source\":\"a zoo\"}".getBytes());
            put(tar, "dir/003.npy", new byte[(8 << 20) + 1]);
            put(tar, "dir/004.png", new byte[(8 << 20) + 1]);
            put(tar, "dir/004.txt", "a whale".getBytes());
        }

        List<CaptionedPicture> found = new ArrayList<>();
        CaptionedPicture.read(lines, found::add);
        CaptionedPicture.read(shard, found::add);

        assertThat(found.stream().map(CaptionedPictureTest::summary))
                .containsExactly(
                        "line 1: apple an apple",
                        "line 3: not JSON: Unrecognized token 'nonsense': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
                        "line 4: need the fields text and image",
                        "dir/000: null a boat",
                        "dir/001: null a cat",
                        "dir/002: no .png or .jpg in this sample",
                        "dir/003: dog a dog",
                        "dir/004: its .png has more than 8388608 bytes");
        assertThat(found.get(6)).isInstanceOfSatisfying(CaptionedPicture.Document.class, dog -> assertThat(dog.source())
                .isEqualTo("a zoo"));
    }

    @Test
    void aFolderThatIsALinkIsRead() throws IOException {
        Path pictures = Files.createDirectory(folder.resolve("pictures"));
        Files.write(pictures.resolve("a.png"), png());
        Files.writeString(pictures.resolve("a.txt"), "an apple");

        List<CaptionedPicture> found = new ArrayList<>();
        CaptionedPicture.read(Files.createSymbolicLink(folder.resolve("link"), pictures), found::add);

        assertThat(found.stream().map(CaptionedPictureTest::summary)).containsExactly("a.png: null an apple");
    }

    @Test
    void aLinkInACircleAndWhatIsHiddenArePassedOver() throws IOException {
        Files.createSymbolicLink(folder.resolve("circle"), folder);
        for (String name : List.of("a", "._a")) {
            Files.write(folder.resolve(name + ".png"), png());
            Files.writeString(folder.resolve(name + ".txt"), "an apple");
        }

        List<CaptionedPicture> found = new ArrayList<>();
        CaptionedPicture.read(folder, found::add);

        assertThat(found.stream().map(CaptionedPictureTest::summary)).containsExactly("a.png: null an apple");
    }

    @Test
    void aRecordsIdInItsDatasetIsNoDocuments() throws IOException {
        List<CaptionedPicture> found = new ArrayList<>();
        for (String dataset : List.of("coco", "scienceqa")) {
            var sample = new Found.Sample(
                    "", "48", new Picture.InMemory(png()), new Found.Content.Caption("a kite of " + dataset));
            try (var shards = new ShardWriter(folder, dataset, 1, 0)) {
                shards.write(sample, "a kite of " + dataset, Map.of("dataset", dataset));
            }
            CaptionedPicture.read(folder.resolve(dataset + "-000000.tar"), found::add);
        }
        Path before = folder.resolve("before.tar"); // as they were written once
        try (var tar = new TarArchiveOutputStream(Files.newOutputStream(before))) {
            put(tar, "000.png", png());
            put(tar, "000.json", "{\"id\":\"48\",\"text\":\"a kite\",\"dataset\":\"vqa2\"}".getBytes());
        }
        CaptionedPicture.read(before, found::add);

        assertThat(found.stream().map(CaptionedPictureTest::summary))
                .containsExactly(
                        "000000000000: null a kite of coco",
                        "000000000000: null a kite of scienceqa",
                        "000: null a kite");
    }

    @Test
    void whatIsBrokenIsToldAndTheRestIsTaken() throws IOException {
        Files.write(folder.resolve("a.png"), png());
        Path lines = folder.resolve("d.jsonl");
        Files.write(
                lines,
                "{\"text\":\"caf\u00e9\",\"image\":\"a.png\"}\n{\"text\":\"caf\u00c3\u00a9\",\"image\":\"a.png\"}\n{\"text\":\"x\",\"image\":\"\\u0000\"}\n[5]\n"
                        .getBytes(StandardCharsets.ISO_8859_1));
        Path shard = folder.resolve("s.tar");
        try (var tar = new TarArchiveOutputStream(Files.newOutputStream(shard))) {
            put(tar, "000.png", png());
            put(tar, "000.txt", "a boat".getBytes());
            put(tar, "001.png", png());
        }
        byte[] whole = Files.readAllBytes(shard);
        Files.write(shard, Arrays.copyOf(whole, 4 * 512 + 520)); // in the middle of the third file

        List<CaptionedPicture> found = new ArrayList<>();
        CaptionedPicture.read(lines, found::add);
        CaptionedPicture.read(shard, found::add);

        assertThat(found.stream().map(CaptionedPictureTest::summary))
                .satisfiesExactly(
                        wrong -> assertThat(wrong).startsWith("line 1: not JSON: Invalid UTF-8"),
                        right -> assertThat(right).isEqualTo("line 2: null café"),
                        wrong -> assertThat(wrong).startsWith("line 3: image is no path"),
                        wrong -> assertThat(wrong).isEqualTo("line 4: need the fields text and image"),
                        right -> assertThat(right).isEqualTo("000: null a boat"),
                        wrong -> assertThat(wrong).startsWith("s.tar after 000: cannot be read"));
    }

    private static String summary(CaptionedPicture found) {
        return switch (found) {
            case CaptionedPicture.Document document -> document.origin() + ": " + document.id() + " " + document.text();
            case CaptionedPicture.Unusable unusable -> unusable.origin() + ": " + unusable.reason();
        };
    }

    private static void put(TarArchiveOutputStream tar, String name, byte[] bytes) throws IOException {
        var entry = new TarArchiveEntry(name);
        entry.setSize(bytes.length);
        tar.putArchiveEntry(entry);
        tar.write(bytes);
        tar.closeArchiveEntry();
    }

    private static byte[] png() throws IOException {
        var bytes = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(4, 4, BufferedImage.TYPE_INT_RGB), "png", bytes);
        return bytes.toByteArray();
    }
}
