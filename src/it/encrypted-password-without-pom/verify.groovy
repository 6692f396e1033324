import io.github.pgkill.testing.Story

def story = Story.of(context)
assert !context.get('victim').alive()
assert story.sessions().isEmpty()

def report = story.reports('.pgkill/reports')[0]
assert report.connection.user == context.get('role')
assert report.verdict.status == 'success'

assert !story.said("tiger's eye")
story.file('.pgkill/reports').toFile().eachFile { assert !it.text.contains("tiger's eye") }

story.close()
