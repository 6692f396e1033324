import io.github.pgkill.testing.Story

def story = Story.of(context)

assert story.said('standing by while migration works', 'migration has waited for no lock for', '1 session was in its way and ended')
assert story.said('Successfully applied 1 migration', 'BUILD SUCCESS')
assert !context.get('holder').alive()
assert context.get('bystander').alive()
story.execute('insert into wanted(fresh) values (1)')

story.close()
