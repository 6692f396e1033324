import io.github.pgkill.testing.Story

def story = Story.of(context)
assert story.sessions().size() == 3
assert story.log().contains("(f) goal = ${story.database()}")

story.close()
assert story.sessions().isEmpty()
