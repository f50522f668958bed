package dev.cm3leon.model.clip;

import dev.cm3leon.model.Checkpoint;
import dev.cm3leon.model.ModelFiles;

/// The tensors of a published CLIP by Hugging Face's names, whichever layout it came in.
@FunctionalInterface
interface PublishedClipWeights {

    float[] floats(String name, long... shape);

    static PublishedClipWeights of(ModelFiles files) {
        return PublishedClip.isOpenClip(files)
                ? new OpenClipWeights(files.tensors("open_clip_model.safetensors"))
                : Checkpoint.open(files)::floats;
    }
}
