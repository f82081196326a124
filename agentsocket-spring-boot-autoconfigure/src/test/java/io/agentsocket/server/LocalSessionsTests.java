package io.agentsocket.server;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.RETURNS_DEEP_STUBS;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

/**
 * A session has one of the places for sessions from the moment on in which it begins to
 * be opened.
 */
class LocalSessionsTests {

	private static ServerSession session(String id) {
		ServerSession session = mock(ServerSession.class, RETURNS_DEEP_STUBS);
		when(session.state().id()).thenReturn(id);
		return session;
	}

	private static LocalSessions sessions(int max) {
		ServerResources resources = mock(ServerResources.class);
		when(resources.settings()).thenReturn(ServerSettings.builder().maxSessions(max).build());
		return new LocalSessions(resources, mock(PodPeers.class));
	}

	@Test
	void sessionThatIsServedAndStillBeingOpenedCountsOnce() {
		LocalSessions sessions = sessions(2);
		assertThat(sessions.open()).isTrue();
		sessions.serve(session("a"));
		assertThat(sessions.open()).isTrue();
		assertThat(sessions.open()).isFalse();
		sessions.serve(session("b"));
		assertThat(sessions.open()).isFalse();
	}

	@Test
	void placeOfASessionThatCannotBeOpenedIsGivenBack() {
		LocalSessions sessions = sessions(1);
		assertThat(sessions.open()).isTrue();
		assertThat(sessions.open()).isFalse();
		sessions.notOpened();
		assertThat(sessions.open()).isTrue();
	}

}
