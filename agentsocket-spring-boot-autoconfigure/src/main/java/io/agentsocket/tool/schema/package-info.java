/**
 * JSON Schemas of the arguments, items and results of tools, and checks of values against
 * such schemas. Begin with {@link io.agentsocket.tool.schema.Schemas}, which makes them
 * as the codec reads and writes types, and with
 * {@link io.agentsocket.tool.schema.SchemaDiagnosis}, which finds what does not fit one.
 * Calls no tool and binds no argument. Internal: it may change at any time.
 */
@NullMarked
@Internal
package io.agentsocket.tool.schema;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.NullMarked;
