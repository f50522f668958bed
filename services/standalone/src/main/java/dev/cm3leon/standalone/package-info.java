/// The whole platform in one JVM: every service, beside a real Kafka broker, an S3 endpoint over a folder and an
/// embedded vector index. The services do not know it.
@NullMarked
package dev.cm3leon.standalone;

import org.jspecify.annotations.NullMarked;
