/// Pictures on disk and on the terminal: [ImageFile] as they are sent, [CaptionedPicture] as they are found for the
/// memory bank, [PictureFiles] as they are kept, [Preview] as they are shown.
@NullMarked
package dev.cm3leon.cli.pictures;

import org.jspecify.annotations.NullMarked;
