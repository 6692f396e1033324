package io.github.pgkill.model.value;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * A text as the server keeps it where all databases share it: the bytes that somebody wrote from a
 * database of whatever encoding. Which one that was, the server does not know either, so nothing
 * but the bytes can be given back.
 *
 * @param bytes one character for each byte, so that equal bytes are equal texts
 */
public record ServerText(String bytes) {

  public ServerText {
    if (bytes.chars().anyMatch(c -> c > 0xFF)) {
      throw new IllegalArgumentException("not a byte for each character");
    }
  }

  /** These bytes. */
  public static ServerText of(byte[] bytes) {
    return new ServerText(new String(bytes, StandardCharsets.ISO_8859_1));
  }

  /** What the text is where it is written from a database of that encoding. */
  public static ServerText of(String text, Charset encoding) {
    return of(text.getBytes(encoding));
  }

  /** The bytes themselves. */
  public byte[] toBytes() {
    return bytes.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** What is read by it in a database of that encoding; empty where it cannot be. */
  public Optional<String> in(Charset encoding) {
    try {
      String text = encoding.newDecoder().decode(ByteBuffer.wrap(toBytes())).toString();
      return of(text, encoding).equals(this) ? Optional.of(text) : Optional.empty();
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }
}
