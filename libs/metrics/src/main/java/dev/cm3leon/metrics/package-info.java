/// The measures that papers report: of captions, answers, images, sets of images, boxes, and how sure a share is.
/// Plain functions; each agrees with the field's own software.
@NullMarked
package dev.cm3leon.metrics;

import org.jspecify.annotations.NullMarked;
