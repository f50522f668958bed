/// What every service shares: events on the wire, stores and settings.
@NullMarked
package dev.cm3leon.service;

import org.jspecify.annotations.NullMarked;
