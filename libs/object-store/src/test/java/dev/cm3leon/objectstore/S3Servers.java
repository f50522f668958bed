package dev.cm3leon.objectstore;

import java.net.URI;
import java.nio.file.Path;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;

/// S3 endpoints for tests.
final class S3Servers {

    private S3Servers() {}

    /// A server on a folder and a free port of 127.0.0.1.
    static S3Proxy start(Path folder, String accessKey, String secretKey) throws Exception {
        S3Proxy server = S3Proxy.builder()
                .blobStore(new FilesystemNio2BlobStore(folder.toAbsolutePath().toString()))
                .endpoint(URI.create("http://127.0.0.1:0"))
                .awsAuthentication(AuthenticationType.AWS_V4, accessKey, secretKey)
                .build();
        server.start();
        return server;
    }
}
