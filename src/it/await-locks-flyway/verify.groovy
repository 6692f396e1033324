import io.github.pgkill.testing.Story

def story = Story.of(context)

assert story.said('standing by while migration works', 'migration waits for no lock any more', '1 session terminated that stood in its way')
assert story.said('Successfully applied 1 migration', 'BUILD SUCCESS')
assert !context.get('holder').alive()
assert context.get('bystander').alive()
story.execute('insert into wanted(fresh) values (1)')

story.close()
