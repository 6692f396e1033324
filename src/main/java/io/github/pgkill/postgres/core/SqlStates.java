package io.github.pgkill.postgres.core;

import org.jspecify.annotations.Nullable;

/** The SQLSTATE codes that the plugin tells apart (PostgreSQL documentation, appendix A). */
public final class SqlStates {

  static final String PROTOCOL_VIOLATION = "08P01";
  static final String UNABLE_TO_CONNECT = "08001";
  static final String REJECTED = "08004";
  static final String INVALID_REGULAR_EXPRESSION = "2201B";
  static final String INVALID_AUTHORIZATION = "28000";
  static final String INVALID_PASSWORD = "28P01";
  public static final String INVALID_DATABASE = "3D000";
  public static final String DUPLICATE_DATABASE = "42P04";
  public static final String UNDEFINED_OBJECT = "42704";
  public static final String OBJECT_IN_USE = "55006";
  public static final String LOCK_NOT_AVAILABLE = "55P03";
  public static final String INTERNAL_ERROR = "XX000";
  public static final String INSUFFICIENT_PRIVILEGE = "42501";
  static final String TOO_MANY_CONNECTIONS = "53300";
  public static final String NOT_ACCEPTING = "55000";
  public static final String DEADLOCK_DETECTED = "40P01";
  public static final String QUERY_CANCELED = "57014";
  static final String CANNOT_CONNECT_NOW = "57P03";

  public static final String UNKNOWN_BYTES = "22021";
  public static final String UNTRANSLATABLE = "22P05";

  private SqlStates() {}

  /** Whether the connection is gone: class 08, or the server ended the session (57P). */
  public static boolean lost(@Nullable String state) {
    return state != null && (state.startsWith("08") || state.startsWith("57P"));
  }
}
