package io.agentsocket.autoconfigure.console;

import java.io.IOException;

import io.agentsocket.autoconfigure.console.ConsoleFiles.File;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

/**
 * Serves the console in a servlet application. All addresses are relative, so that it
 * works below the context path of the application and behind a proxy that adds a prefix.
 */
@SuppressWarnings("serial")
final class ConsoleServlet extends HttpServlet {

	private final transient ConsoleFiles files;

	/**
	 * Create a servlet.
	 * @param files the files of the console
	 */
	ConsoleServlet(ConsoleFiles files) {
		this.files = files;
	}

	@Override
	protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
		ConsoleFiles.HEADERS.forEach(response::setHeader);
		boolean head = request.getMethod().equals("HEAD");
		if (!head && !request.getMethod().equals("GET")) {
			response.setHeader("Allow", "GET,HEAD");
			response.setStatus(HttpServletResponse.SC_METHOD_NOT_ALLOWED);
			return;
		}
		String below = request.getPathInfo();
		if (below == null) {
			String path = request.getServletPath();
			response.setStatus(HttpServletResponse.SC_FOUND);
			response.setHeader("Location", path.substring(path.lastIndexOf('/') + 1) + "/");
			return;
		}
		File file = this.files.find(below.substring(1));
		if (file == null) {
			response.setStatus(HttpServletResponse.SC_NOT_FOUND);
			return;
		}
		response.setContentType(file.type());
		response.setContentLength(file.content().length);
		if (!head) {
			response.getOutputStream().write(file.content());
		}
	}

}
