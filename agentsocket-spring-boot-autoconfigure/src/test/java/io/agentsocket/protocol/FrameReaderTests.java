package io.agentsocket.protocol;

import java.util.HexFormat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Each rule of the envelope, with the close code of its violation.
 */
class FrameReaderTests {

	private static Bytes hex(String hex) {
		return Bytes.of(HexFormat.of().parseHex(hex.replace(" ", "")));
	}

	private static ProtocolException refusal(Bytes message) {
		ProtocolException failure = catchThrowableOfType(ProtocolException.class, () -> FrameTests.read(message));
		assertThat(failure).as("%s", message).isNotNull();
		assertThat(failure.getMessage()).hasSizeLessThanOrEqualTo(120);
		return failure;
	}

	private static void breaksProtocol(Bytes message) {
		assertThat(refusal(message).closeCode()).isEqualTo(CloseCode.PROTOCOL);
	}

	private static void isTooLarge(Bytes message) {
		assertThat(refusal(message).closeCode()).isEqualTo(CloseCode.TOO_LARGE);
	}

	@Test
	void refusesAnEmptyMessage() {
		breaksProtocol(Bytes.EMPTY);
	}

	@ParameterizedTest
	@ValueSource(ints = { 6, 7, 16, 17, 18, 19, 20, 21, 22, 23 })
	void refusesReservedTypes(int type) {
		breaksProtocol(Bytes.of(new byte[] { (byte) (type << 3), 1, 0 }));
	}

	@ParameterizedTest
	@CsvSource({ "HELLO", "WELCOME", "GOAWAY", "DEFINE", "EVENT", "ERROR", "INTERRUPT", "CREDIT", "PART", "EXTENSION" })
	void refusesTheEndWhereItIsNotAllowed(FrameType type) {
		breaksProtocol(Bytes.of(new byte[] { (byte) (type.code() << 3 | 1), 1, 3, 'a', 0, 0 }));
	}

	@ParameterizedTest
	@CsvSource({ "HELLO", "WELCOME", "ACK", "GOAWAY", "CREDIT", "PART" })
	void refusesMetadataWhereItIsNotAllowed(FrameType type) {
		breaksProtocol(Bytes.of(new byte[] { (byte) (type.code() << 3 | 4), 1, 1, (byte) 0xA0, 1, 1 }));
	}

	@ParameterizedTest
	@CsvSource({ "INVOKE", "DATA", "TEXT", "BYTES", "ERROR", "INTERRUPT", "CREDIT" })
	void refusesStreamZero(FrameType type) {
		breaksProtocol(Bytes.of(new byte[] { (byte) (type.code() << 3), 0, 3, 'a', 0 }));
	}

	@Test
	void acceptsStreamZeroOfPartsAndOfWhatItDoesNotUnderstand() {
		assertThat(FrameTests.read(hex("7800 61"))).containsExactly(new Frame.Part(0, Bytes.utf8("a")));
		assertThat(FrameTests.read(hex("c000 61"))).containsExactly(new Frame.Extension(24, 0, false, Bytes.utf8("a")));
	}

	@ParameterizedTest
	@ValueSource(strings = { "41", "4180", "41818080808001", "418100 04", "41808080 8008 04", "12", "1280",
			"12 8100 00", "12 8080808008 00", "10", "1080", "10 8000", "10 8080808080808010", "10 8080808080808080 01",
			"10 ffffffffffffffffffff01" })
	void refusesIntegersThatAreCutOffOrTooLongOrOutOfRange(String message) {
		breaksProtocol(hex(message));
	}

	@Test
	void acceptsTheLargestIntegers() {
		assertThat(FrameTests.read(hex("10 ffffffffffffff0f")))
			.containsExactly(new Frame.Ack(Varint.MAX_COUNTER, -1, false));
		assertThat(FrameTests.read(hex("70 ffffffff07 01"))).containsExactly(new Frame.Credit(Varint.MAX_INT, 1));
	}

	@ParameterizedTest
	@ValueSource(strings = { "120500", "43016404", "52 05 03 6161", "12 01 00 12 02 00" })
	void refusesLengthsBeyondTheMessage(String message) {
		breaksProtocol(hex(message));
	}

	@Test
	void aFieldDoesNotReachIntoTheNextFrame() {
		breaksProtocol(hex("12 01 80 00"));
		breaksProtocol(hex("43 01 02 1f61 1000"));
		breaksProtocol(hex("47 01 03 05a004 1000 1000"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "4501", "470100", "450105a004", "45010004" })
	void refusesMetadataThatIsMissingEmptyOrBeyondTheFrame(String message) {
		breaksProtocol(hex(message));
	}

	@Test
	void refusesLargeMetadataAlsoWhenItIsNotThere() {
		isTooLarge(hex("4501 8120"));
		isTooLarge(hex("4501 ffffffff07"));
	}

	@Test
	void refusesLargeFramesAndMessages() {
		byte[] frame = new byte[16_385];
		frame[0] = 0x58;
		frame[1] = 1;
		isTooLarge(Bytes.of(frame));
		assertThat(FrameTests.read(Bytes.of(frame, 0, 16_384))).hasSize(1);
		isTooLarge(Bytes.of(new byte[65_537]));
	}

	/** 16,384 bytes fit; the message ends before the length does. */
	@ParameterizedTest
	@ValueSource(strings = { "4a 01 fd7f 616263", "4a 01 fe7f 616263", "4a 01 808001 616263", "5a 8080808004 fa7f 61",
			"4a 01 ffffffff07 61", "02 fe3f 61", "02 8040 61", "0a ffffffff07 61" })
	void aLengthBeyondTheLimitIsTooLargeAlsoWhenItReachesBeyondTheMessage(String message) {
		isTooLarge(hex(message));
	}

	@ParameterizedTest
	@ValueSource(strings = { "4a 01 fc7f 616263", "4a 01 fc7e 616263", "5a 8080808004 f87f 61", "02 fd3f 61" })
	void aLengthWithinTheLimitThatReachesBeyondTheMessageBreaksTheProtocol(String message) {
		breaksProtocol(hex(message));
	}

	@Test
	void theLimitOfFramesDoesNotBindTheHandshake() {
		Limits small = new Limits(65_536, 1024, 1_048_576, 4_194_304, 1024, 32, 262_144, 1024, 128, 1024, 32);
		FrameReader reader = new FrameReader(Bytes.of(new byte[8_192]), small);
		assertThat(reader.next()).isInstanceOf(Frame.Hello.class);
	}

	@Test
	void refusesALargeHelloThatWouldFitIntoAFrame() {
		byte[] hello = new byte[8_193];
		isTooLarge(Bytes.of(hello));
		assertThat(FrameTests.read(Bytes.of(hello, 0, 8_192))).hasSize(1);
	}

	@ParameterizedTest
	@ValueSource(strings = { "100000 00", "700101 00", "7001", "6001", "600101", "6801", "18", "1800", "180000", "20",
			"2010", "28", "4101", "7801" })
	void refusesMissingAndSurplusFields(String message) {
		breaksProtocol(hex(message));
	}

	@ParameterizedTest
	@ValueSource(strings = { "60010000", "680102", "700100", "410100", "410101", "2800", "2801", "200000", "201000 a0",
			"18 8080808008 00 00", "18 00 8080808008 00" })
	void refusesValuesThatAreNotDefined(String message) {
		breaksProtocol(hex(message));
	}

	@Test
	void refusesNamesBeyondTheFrame() {
		breaksProtocol(hex("41011f616263"));
		breaksProtocol(hex("20100561"));
	}

	@Test
	void refusesLongNamesAlsoWhenTheyAreNotThere() {
		isTooLarge(hex("4101 8302 6e"));
		isTooLarge(hex("28 ffffffff07"));
		isTooLarge(hex("20 10 8101"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "2010 03 612062", "2010 02 c328", "2010 02 2e61", "2010 01 00" })
	void refusesToDefineWhatIsNoName(String message) {
		breaksProtocol(hex(message));
	}

	@Test
	void passesOnReferencesThatNameNothing() {
		Frame frame = new FrameReader(hex("4101 17 6765742077656174686572"), Limits.SERVER).next();
		assertThat(frame).isInstanceOfSatisfying(Frame.Invoke.class,
				(invoke) -> assertThat(invoke.ref().name()).isEqualTo("get weather"));
		frame = new FrameReader(hex("28 05 c328"), Limits.SERVER).next();
		assertThat(frame).isInstanceOfSatisfying(Frame.Event.class, (event) -> {
			assertThat(event.ref().name()).isNotNull();
			assertThat(Names.isValid(event.ref().name())).isFalse();
		});
	}

	@Test
	void replacesInvalidUtf8InTextsForPeople() {
		Frame frame = new FrameReader(hex("60010d00 61ff62"), Limits.SERVER).next();
		assertThat(frame).isInstanceOfSatisfying(Frame.Error.class,
				(error) -> assertThat(error.text()).isEqualTo("a\uFFFDb"));
	}

	@Test
	void ignoresUnknownFlagsOfErrors() {
		assertThat(new FrameReader(hex("60010d8401"), Limits.SERVER).next())
			.isEqualTo(new Frame.Error(1, 13, false, false, Bytes.EMPTY, ""));
	}

	@Test
	void skipsWhatFollowsTheStreamIdOfAnExtension() {
		assertThat(FrameTests.read(hex("ce 05 03 02ffff 1000")))
			.containsExactly(new Frame.Extension(25, 5, true, hex("02ffff")), new Frame.Ack(0, -1, false));
	}

	@Test
	void framesInFrontOfABadOneAreRead() {
		FrameReader reader = new FrameReader(hex("12 01 07 30"), Limits.SERVER);
		assertThat(reader.next()).isEqualTo(new Frame.Ack(7, -1, false));
		assertThatExceptionOfType(ProtocolException.class).isThrownBy(reader::next);
	}

	@Test
	void ownLimitsCount() {
		Limits small = new Limits(2048, 1024, 4096, 8192, 4, 4, 32 * 1024, 4, 16, 256, 8);
		assertThatExceptionOfType(ProtocolException.class)
			.isThrownBy(() -> new FrameReader(Bytes.of(new byte[2049]), small));
		assertThatExceptionOfType(ProtocolException.class)
			.isThrownBy(() -> new FrameReader(hex("410123"), small).next());
		assertThatExceptionOfType(ProtocolException.class)
			.isThrownBy(() -> new FrameReader(hex("4501 8102"), small).next());
	}

}
