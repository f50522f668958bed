/// What a decoder learns from: streams of tokens laid out by [Drafts], drawn without end ([MixedDocuments],
/// [InstructionDocuments]) or read from what was made of public datasets ([ShardDocuments], [TaskDocuments]).
/// Begin with [MixedDocuments].
@NullMarked
package dev.cm3leon.trainer.data;

import org.jspecify.annotations.NullMarked;
