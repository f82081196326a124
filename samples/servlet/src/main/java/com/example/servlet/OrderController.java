package com.example.servlet;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * The same application for people.
 */
@RestController
class OrderController {

	@GetMapping("/public")
	String everybody() {
		return "hello";
	}

}
