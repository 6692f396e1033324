import io.github.pgkill.testing.Story

def story = Story.of(context)
assert context.get('storm').connections() > 8
assert story.log().contains("sessions keep coming back to database ${story.database()}")
assert story.log().contains('Stop the program that reconnects')
assert !story.log().contains('\tat ')

def report = story.reports('.pgkill/reports')[0]
assert report.verdict.status == 'failure'
assert report.counts.newcomers > 4

story.close()
