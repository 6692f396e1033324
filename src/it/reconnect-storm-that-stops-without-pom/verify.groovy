import io.github.pgkill.testing.Story

def story = Story.of(context)
assert context.get('storm').connections() >= 16
assert story.sessions().isEmpty()
assert story.said('none came back within 700ms')

def report = story.reports('.pgkill/reports')[0]
assert report.verdict.status == 'success'
assert report.counts.newcomers >= 8

story.close()
