package dev.cm3leon.gateway.problem;

import dev.cm3leon.service.EventMessages;
import java.io.UncheckedIOException;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.convert.ConversionFailedException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.util.unit.DataSize;
import org.springframework.web.bind.MissingServletRequestParameterException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.method.annotation.MethodArgumentTypeMismatchException;
import org.springframework.web.multipart.MaxUploadSizeExceededException;
import org.springframework.web.multipart.support.MissingServletRequestPartException;

/// What is refused, as a problem of RFC 9457.
@RestControllerAdvice
@Order(Ordered.HIGHEST_PRECEDENCE) // before Spring's own, which names no field
public class ProblemAdvice {

    private static final Logger log = LoggerFactory.getLogger(ProblemAdvice.class);
    public static final String RETRY_AFTER = "5";

    private final long maxForm;

    ProblemAdvice(@Value("${spring.servlet.multipart.max-request-size}") DataSize maxForm) {
        this.maxForm = maxForm.toBytes();
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> refused(Refusal refusal) {
        ProblemDetail problem =
                ProblemDetail.forStatusAndDetail(HttpStatus.valueOf(refusal.status()), refusal.message());
        if (refusal.field() != null) problem.setProperty("field", refusal.field());
        var response = ResponseEntity.status(refusal.status());
        if (refusal.status() == 503) response.header(HttpHeaders.RETRY_AFTER, RETRY_AFTER);
        return response.body(problem);
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> wrong(MethodArgumentTypeMismatchException e) {
        Class<?> type = e.getRequiredType();
        Object value = e.getValue();
        for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof ConversionFailedException one) { // of a list one may be wrong
                type = one.getTargetType().getType();
                value = one.getValue();
            }
        }
        return refused(Refusal.field(
                e.getName(), "%s is to be %s, got \"%s\"".formatted(e.getName(), Wanted.of(type), value)));
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> missing(MissingServletRequestParameterException e) {
        return refused(Refusal.field(e.getParameterName(), e.getParameterName() + " is missing"));
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> missing(MissingServletRequestPartException e) {
        return refused(Refusal.field(e.getRequestPartName(), e.getRequestPartName() + " is missing"));
    }

    /// The whole form: which of its fields is too large nobody has read.
    @ExceptionHandler
    ResponseEntity<ProblemDetail> tooLarge(MaxUploadSizeExceededException e) {
        return refused(Refusal.tooLarge("image", "image is to come in a form of at most %d bytes".formatted(maxForm)));
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> tooLarge(EventMessages.TooLargeException e) {
        return refused(Refusal.tooLarge(null, String.valueOf(e.getMessage())));
    }

    @ExceptionHandler({UncheckedIOException.class, KafkaException.class})
    ResponseEntity<ProblemDetail> unreachable(RuntimeException failure) {
        log.atWarn().addKeyValue("reason", failure.getMessage()).log("something needed cannot be reached");
        return refused(Refusal.unavailable("something needed cannot be reached: " + failure.getMessage()));
    }
}
