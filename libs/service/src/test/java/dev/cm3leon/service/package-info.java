@NullMarked
package dev.cm3leon.service;

import org.jspecify.annotations.NullMarked;
