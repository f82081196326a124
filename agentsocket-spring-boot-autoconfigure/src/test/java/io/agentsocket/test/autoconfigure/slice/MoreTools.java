package io.agentsocket.test.autoconfigure.slice;

import org.springframework.stereotype.Component;

/**
 * Inherits its tools.
 */
@Component
public class MoreTools extends BaseTools {

}
