package com.example.servlet;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Date;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;

/**
 * Issues tokens that the application accepts.
 */
final class Tokens {

	private Tokens() {
	}

	static String of(String name) throws JOSEException {
		SignedJWT token = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256),
				new JWTClaimsSet.Builder().subject(name)
					.claim("scope", "orders")
					.expirationTime(Date.from(Instant.now().plusSeconds(600)))
					.build());
		token.sign(new MACSigner(ServletApplication.SECRET.getBytes(StandardCharsets.UTF_8)));
		return token.serialize();
	}

}
