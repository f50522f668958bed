package dev.cm3leon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cm3leon.cli.gateway.Gateway;
import dev.cm3leon.cli.pictures.ThingCard;
import dev.cm3leon.cli.terminal.Failure;
import dev.cm3leon.cli.terminal.Terminal;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What `cm3 edit` asks of the gateway, and what `cm3 corpus prepare` says of a dataset.
class EditCommandTest {
    private static final String DONE = """
            {"id":"j1","status":"completed","seed":42,"model":"demo@1","candidates":[
               {"rank":0,"index":0,"text":null,"image":{"key":"images/b","url":"/v1/objects/images/b"}}]}""";

    @TempDir
    Path folder;

    private final FakeGateway gateway = new FakeGateway();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private Path picture = Path.of("");

    @BeforeEach
    void answer() throws IOException {
        picture = folder.resolve("wide.png");
        ImageIO.write(new BufferedImage(120, 80, BufferedImage.TYPE_INT_RGB), "png", picture.toFile());
        gateway.json("POST /v1/generations", 202, "{\"id\":\"j1\"}")
                .events("GET /v1/generations/j1/events", "{\"event\":{},\"generation\":%s}".formatted(DONE))
                .json("GET /v1/generations/j1", 200, DONE)
                .bytes("GET /v1/objects/images/b", Files.readAllBytes(picture));
    }

    @AfterEach
    void close() {
        gateway.close();
    }

    /// Pixels of the file become parts of its middle square, 80 x 80 from 20, 0.
    @Test
    void aRegionIsAskedForInPartsOfTheMiddleSquare() {
        Path drawn = folder.resolve("drawn.png");

        int code = run("edit", picture.toString(), "a hat", "--region", "40,20,40,10", "--seed", "7", "-o", "" + drawn);

        assertThat(code).as(err.toString()).isZero();
        assertThat(drawn).exists();
        assertThat(out).hasToString(drawn + "\n");
        var body = Gateway.JSON.readTree(gateway.requests.getFirst().body());
        assertThat(body.path("parts").path(0).path("text").asString()).isEqualTo("a hat");
        assertThat(body.path("parts").path(1).path("region").toString())
                .isEqualTo("{\"x\":0.25,\"y\":0.25,\"width\":0.5,\"height\":0.125}");
        assertThat(body.path("seed").asInt()).isEqualTo(7);
        assertThat(body.path("retrieval").path("documents").asInt(-1)).isZero();
    }

    /// 120 x 80 in the file, 80 x 120 as it is seen.
    @Test
    void aPhotoThatIsToBeTurnedIsSeenUpright() throws IOException {
        var raw = new BufferedImage(120, 80, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < 80; y++) for (int x = 0; x < 40; x++) raw.setRGB(x, y, 0xffffff); // at the top when upright
        Path photo = folder.resolve("photo.jpg");
        Files.write(photo, turned(raw));

        int code = run(
                "edit", photo.toString(), "a hat", "--region", "0,20,40,10", "-o", "" + folder.resolve("drawn.png"));

        assertThat(code).as(err.toString()).isZero();
        var body = Gateway.JSON.readTree(gateway.requests.getFirst().body());
        assertThat(body.path("parts").path(1).path("region").toString())
                .isEqualTo("{\"x\":0.0,\"y\":0.0,\"width\":0.5,\"height\":0.125}");

        var card = ImageIO.read(new ByteArrayInputStream(ThingCard.of(photo, Files.readAllBytes(photo))));
        assertThat(card.getWidth()).isEqualTo(240);
        assertThat(card.getRGB(60, 20) & 0xff).as("above").isGreaterThan(240);
        assertThat(card.getRGB(60, 100) & 0xff).as("below").isLessThan(15);
    }

    /// JPEG whose EXIF data says that the camera was held upright: the first row is the right side.
    private static byte[] turned(BufferedImage picture) throws IOException {
        var jpeg = new ByteArrayOutputStream();
        ImageIO.write(picture, "jpg", jpeg);
        byte[] file = jpeg.toByteArray();
        var turned = ByteBuffer.allocate(file.length + 36)
                .put(file, 0, 2)
                .putShort((short) 0xffe1)
                .putShort((short) 34);
        turned.put(new byte[] {'E', 'x', 'i', 'f', 0, 0, 'M', 'M', 0, 42})
                .putInt(8)
                .putShort((short) 1);
        turned.putShort((short) 0x0112)
                .putShort((short) 3)
                .putInt(1)
                .putShort((short) 6)
                .putShort((short) 0);
        return turned.putInt(0).put(file, 2, file.length - 2).array();
    }

    @Test
    void whereThePictureCannotBeKeptNothingIsDrawn() {
        String lost = folder.resolve("lost").resolve("drawn.png").toString();

        assertThat(run("edit", picture.toString(), "a hat", "--region", "40,20,40,10", "-o", lost))
                .isEqualTo(Failure.USAGE);
        assertThat(err.toString()).contains("no such folder");
        assertThat(gateway.requests).isEmpty();
    }

    @Test
    void aWholePictureIsEditedWithThreeStreams() {
        gateway.json(
                "GET /v1/models",
                200,
                "{\"data\":[{\"status\":\"serving\",\"defaults\":{\"edit_image_guidance_scale\":1.25}}]}");
        int code = run(
                "edit",
                picture.toString(),
                "make it snow",
                "-o",
                folder.resolve("drawn.png").toString());

        assertThat(code).as(err.toString()).isZero();
        var body = Gateway.JSON.readTree(gateway.requests.get(1).body()); // the first asks for the model's scale
        assertThat(body.path("sampling").toString()).isEqualTo("{\"image_guidance_scale\":1.25}");
        assertThat(body.path("parts").path(0).path("text").asString())
                .isEqualTo("Edit first image following the instruction");
        assertThat(body.path("parts").path(3).path("modality").asString()).isEqualTo("image");
    }

    @Test
    void aRegionBesideTheMiddleSquareIsRefusedWithItsPlace() {
        assertThat(run("edit", picture.toString(), "a hat", "--region", "0,0,10,10"))
                .isEqualTo(Failure.USAGE);
        assertThat(err.toString()).contains("20,0,80,80").contains("0.0,0.0,10.0,10.0");
        assertThat(run("edit", picture.toString(), "a hat", "--region", "30,0,10"))
                .isEqualTo(Failure.USAGE);
        assertThat(run("edit", picture.toString(), " ")).isEqualTo(Failure.USAGE);
        assertThat(gateway.requests).isEmpty();
    }

    @Test
    void aDatasetIsCountedAndWritten() throws IOException {
        Files.writeString(folder.resolve("captions.token"), "wide.png#0\tA black field .\nlost.jpg#0\tA lost one .\n");
        Path shards = folder.resolve("shards");

        int code = run("corpus", "prepare", "flickr30k", folder.toString(), "--out", shards.toString());

        assertThat(code).as(err.toString()).isZero();
        assertThat(out.toString()).contains("flickr30k: 1 samples, 1 skipped", "skipped 1: no picture", "1 shards in ");
        assertThat(shards.resolve("flickr30k-000000.tar")).exists();
        assertThat(run("corpus", "prepare", "imagenet", folder.toString())).isEqualTo(Failure.USAGE);
        assertThat(err.toString()).contains("need a dataset of coco, flickr30k").contains("got imagenet");
        assertThat(run("corpus", "prepare", "vqa2", folder.toString())).isEqualTo(Failure.USAGE);
        assertThat(err.toString()).contains("no file of vqa2");
    }

    private int run(String... arguments) {
        var terminal = new Terminal(
                new PrintWriter(out, true), new PrintWriter(err, true), false, false, Terminal.Colours.NONE, 80);
        return Cm3.run(terminal, Map.of("CM3_URL", gateway.url()), arguments);
    }
}
