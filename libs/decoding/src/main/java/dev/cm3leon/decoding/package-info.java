/// From logits to token ids (section 3.1 of the paper): temperature, top-p, classifier-free guidance, contrastive
/// decoding TopK, what a prompt allows, and randomness that can be replayed. Plain arrays; [CandidateDecoder] puts
/// it together.
@NullMarked
package dev.cm3leon.decoding;

import org.jspecify.annotations.NullMarked;
