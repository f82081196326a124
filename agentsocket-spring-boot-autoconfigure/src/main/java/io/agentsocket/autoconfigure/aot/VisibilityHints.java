package io.agentsocket.autoconfigure.aot;

import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;

import io.agentsocket.annotation.AgentTool;
import io.agentsocket.method.AnnotatedBean;
import org.jspecify.annotations.Nullable;

import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.ReflectionHints;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.expression.ParseException;
import org.springframework.expression.spel.SpelNode;
import org.springframework.expression.spel.ast.BeanReference;
import org.springframework.expression.spel.standard.SpelExpression;
import org.springframework.expression.spel.standard.SpelExpressionParser;

/**
 * Hints for the beans that rules of {@link AgentTool#visibleTo()} ask, which expressions
 * call by reflection. The class of the principal, which expressions may ask, too, is not
 * known when an application is built.
 */
final class VisibilityHints {

	private final SpelExpressionParser parser = new SpelExpressionParser();

	private final ConfigurableListableBeanFactory beanFactory;

	private final ReflectionHints hints;

	VisibilityHints(ConfigurableListableBeanFactory beanFactory, ReflectionHints hints) {
		this.beanFactory = beanFactory;
		this.hints = hints;
	}

	void register(List<AnnotatedBean> tools) {
		for (AnnotatedBean bean : tools) {
			rule(AnnotatedElementUtils.findMergedAnnotation(bean.type(), AgentTool.class));
			Map<Method, AgentTool> methods = bean.methods(AgentTool.class);
			methods.values().forEach(this::rule);
		}
	}

	private void rule(@Nullable AgentTool tool) {
		if (tool == null || tool.visibleTo().isEmpty()) {
			return;
		}
		try {
			beans(((SpelExpression) this.parser.parseExpression(tool.visibleTo())).getAST());
		}
		catch (ParseException ex) {
			// Reported with all other mistakes when the application starts.
		}
	}

	private void beans(SpelNode node) {
		if (node instanceof BeanReference) {
			String name = node.toStringAST().replaceAll("[@&']", "");
			Class<?> type = this.beanFactory.containsBean(name) ? this.beanFactory.getType(name, false) : null;
			if (type != null) {
				this.hints.registerType(type, MemberCategory.INVOKE_PUBLIC_METHODS);
			}
		}
		for (int i = 0; i < node.getChildCount(); i++) {
			beans(node.getChild(i));
		}
	}

}
