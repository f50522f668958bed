/// What is not done, and why: a [Refusal], told as a problem of RFC 9457.
@NullMarked
package dev.cm3leon.gateway.problem;

import org.jspecify.annotations.NullMarked;
