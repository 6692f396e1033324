package io.github.pgkill.host.dump;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Owners out of a list that separates its words by blanks, as names may be. */
final class DumpListTest {

  @Test
  void countsEntriesAndOffersEveryNameThatAnOwnerMayHave() {
    DumpList list =
        DumpList.of(
            List.of(
                ";",
                ";     Dumped from database version: 15.19 (Debian 15.19-0+deb12u1)",
                ";     Dumped by pg_dump version: 17.2",
                "215; 1259 16385 TABLE public my table app owner",
                "3352; 0 16385 TABLE DATA public my table app owner",
                "2; 3079 16390 EXTENSION - hstore ",
                "3360; 0 0 COMMENT - EXTENSION hstore ",
                "216; 1259 16386 TABLE public t app"));

    assertThat(list.entries()).isEqualTo(5);
    assertThat(list.serverVersion()).isEqualTo("15.19");
    assertThat(list.owners())
        .containsExactly(
            List.of(
                "owner",
                "app owner",
                "table app owner",
                "my table app owner",
                "public my table app owner"),
            List.of(
                "owner",
                "app owner",
                "table app owner",
                "my table app owner",
                "public my table app owner",
                "DATA public my table app owner"),
            List.of("app", "t app", "public t app"));
  }
}
