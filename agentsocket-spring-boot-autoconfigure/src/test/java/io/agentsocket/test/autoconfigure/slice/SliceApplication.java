package io.agentsocket.test.autoconfigure.slice;

import org.springframework.boot.autoconfigure.SpringBootApplication;

/**
 * An application of which a slice takes a part.
 */
@SpringBootApplication
public class SliceApplication {

}
