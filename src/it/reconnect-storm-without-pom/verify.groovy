import io.github.pgkill.testing.Story

def story = Story.of(context)
assert context.get('storm').connections() > 8
assert story.said("sessions keep coming back to database ${story.database()}")
assert story.said('Stop the program that reconnects')
assert !story.said('\tat ')

def report = story.reports('.pgkill/reports')[0]
assert report.verdict.status == 'failure'
assert report.counts.newcomers > 4

story.close()
