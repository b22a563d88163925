// Has the system wake the app now and then: what waits is sent, and what is to be fresh is
// fetched, as when its person comes back to it.

#import <BackgroundTasks/BackgroundTasks.h>
#import <UIKit/UIKit.h>

static NSString *const kTask = @"@IDENTIFIER@.refresh";
// The system decides when; more often than this it is not asked to.
static const NSTimeInterval kPause = 30 * 60;
// The system gives half a minute.
static const int64_t kTime = 25;

@interface HoldfastRefresh : NSObject
@end

@implementation HoldfastRefresh

// "Registration of all launch handlers must be complete before the end of
// applicationDidFinishLaunching" (BGTaskScheduler), and Rust runs the app.
+ (void)load {
  [BGTaskScheduler.sharedScheduler registerForTaskWithIdentifier:kTask
                                                      usingQueue:dispatch_get_main_queue()
                                                   launchHandler:^(BGTask *task) {
                                                     [self run:task];
                                                   }];
  [NSNotificationCenter.defaultCenter addObserverForName:UIApplicationDidEnterBackgroundNotification
                                                  object:nil
                                                   queue:NSOperationQueue.mainQueue
                                              usingBlock:^(NSNotification *note) {
                                                [self schedule];
                                              }];
}

+ (void)schedule {
  BGAppRefreshTaskRequest *request = [[BGAppRefreshTaskRequest alloc] initWithIdentifier:kTask];
  request.earliestBeginDate = [NSDate dateWithTimeIntervalSinceNow:kPause];
  // Where the person has switched it off, nothing is refreshed.
  [BGTaskScheduler.sharedScheduler submitTaskRequest:request error:nil];
}

+ (void)run:(BGTask *)task {
  [self schedule];
  __block BOOL isDone = NO;
  void (^done)(void) = ^{
    if (isDone) return;
    isDone = YES;
    [task setTaskCompletedWithSuccess:YES];
  };
  task.expirationHandler = done;
  UIApplication *app = UIApplication.sharedApplication;
  id<UIApplicationDelegate> delegate = app.delegate;
  // What Tauri hears when the person is back, and the engine catches up on.
  if ([delegate respondsToSelector:@selector(applicationWillEnterForeground:)]) {
    [delegate applicationWillEnterForeground:app];
  }
  dispatch_after(dispatch_time(DISPATCH_TIME_NOW, kTime * NSEC_PER_SEC), dispatch_get_main_queue(), ^{
    if (app.applicationState == UIApplicationStateBackground &&
        [delegate respondsToSelector:@selector(applicationWillResignActive:)]) {
      [delegate applicationWillResignActive:app];
    }
    done();
  });
}

@end
