/// Orders candidates by what the model itself says of them and by CLIP (CM3Leon section 3.1).
@NullMarked
package dev.cm3leon.reranker;

import org.jspecify.annotations.NullMarked;
